import { expect, test } from 'vitest'
import type { FaultRequest } from '../../src/sandbox/faults.ts'
import { createTestDatabase } from '../support/database.ts'
import { pause, post, startFixture, until } from './fixture.ts'
import { isLong } from './results.ts'
import { play } from './scenario.ts'

const timeout = 900_000
type Fault = { mode: FaultRequest['mode'] } & Partial<FaultRequest>

const plans: {
  area: string
  fault: string
  services: FaultRequest['service'][]
  how: Fault
  alert: string | null
  short?: boolean
  /** How long it lasts in the long form, where 25 s do not show it. */
  longMs?: number
}[] = [
  {
    area: 'Telegram',
    fault: '429',
    services: ['telegram'],
    how: { mode: 'status', status: 429, delay_ms: 1000 },
    alert: 'TelegramRefusing',
  },
  {
    area: 'Telegram',
    fault: '5xx',
    services: ['telegram'],
    how: { mode: 'status', status: 502 },
    alert: 'TelegramRefusing',
  },
  {
    area: 'Telegram',
    fault: 'connections reset',
    services: ['telegram'],
    how: { mode: 'reset' },
    alert: 'TelegramRefusing',
  },
  {
    area: 'Telegram',
    fault: 'half of the connections reset',
    services: ['telegram'],
    how: { mode: 'reset', rate: 0.5 },
    alert: 'TelegramRefusing',
  },
  {
    area: 'Telegram',
    fault: 'HTML instead of JSON',
    services: ['telegram'],
    how: { mode: 'garbage' },
    alert: 'TelegramRefusing',
  },
  {
    area: 'GigaChat',
    fault: '5xx',
    services: ['gigachat'],
    how: { mode: 'status', status: 500 },
    alert: 'GigaChatFailing',
  },
  {
    area: 'GigaChat',
    fault: '429',
    services: ['gigachat'],
    how: { mode: 'status', status: 429 },
    alert: 'GigaChatLimited',
  },
  {
    area: 'GigaChat',
    fault: 'no tokens left (402)',
    services: ['gigachat'],
    how: { mode: 'status', status: 402 },
    alert: 'GigaChatOutOfTokens',
  },
  {
    area: 'GigaChat',
    fault: 'key refused (401)',
    services: ['gigachat'],
    how: { mode: 'status', status: 401 },
    alert: 'GigaChatKeyRefused',
  },
  {
    area: 'GigaChat',
    fault: 'connections reset',
    services: ['gigachat'],
    how: { mode: 'reset' },
    alert: 'GigaChatFailing',
  },
  {
    area: 'GigaChat',
    fault: 'HTML instead of JSON',
    services: ['gigachat'],
    how: { mode: 'garbage' },
    alert: 'GigaChatFailing',
  },
  {
    area: 'GigaChat',
    fault: 'answers take 10 s',
    services: ['gigachat'],
    how: { mode: 'slow', delay_ms: 10_000 },
    alert: null,
  },
  { area: 'VkusVill', fault: '5xx', services: ['shop'], how: { mode: 'status', status: 503 }, alert: 'ShopFailing' },
  {
    area: 'VkusVill',
    fault: '429',
    services: ['shop'],
    how: { mode: 'status', status: 429 },
    alert: 'AnswersErrorBudgetFastBurn',
  },
  { area: 'VkusVill', fault: 'connections reset', services: ['shop'], how: { mode: 'reset' }, alert: 'ShopFailing' },
  {
    area: 'VkusVill',
    fault: 'HTML instead of JSON',
    services: ['shop'],
    how: { mode: 'garbage' },
    alert: 'ShopFailing',
  },
  {
    area: 'VkusVill',
    fault: 'no answer within 20 s',
    services: ['shop'],
    how: { mode: 'slow', delay_ms: 30_000 },
    alert: 'ShopFailing',
    longMs: 90_000,
  },
  {
    area: 'GigaChat and VkusVill',
    fault: 'half of all requests reset',
    services: ['gigachat', 'shop'],
    how: { mode: 'reset', rate: 0.5 },
    alert: null,
  },
  {
    area: 'All three',
    fault: 'a third of all requests reset',
    services: ['telegram', 'gigachat', 'shop'],
    how: { mode: 'reset', rate: 0.33 },
    alert: null,
    short: true,
  },
]

for (const { area, fault, services, how, alert, short = false, longMs = 25_000 } of plans) {
  test.runIf(isLong || short)(
    `${area}: ${fault}`,
    async () => {
      const { url, sql } = await createTestDatabase()
      const fixture = await startFixture({ DATABASE_URL: url })

      await play({
        ...{ area, fault, fixture, sql, alert },
        lastsMs: [2_500, longMs],
        begin: async () => {
          for (const service of services) await fixture.fault({ service, ...how })
          return () => fixture.heal()
        },
      })
    },
    timeout,
  )
}

const progressLine = /…(?: \(\d+\))?$/

test.runIf(isLong)(
  'Telegram: the messages the bot would change or remove are deleted by the user',
  async () => {
    const { url, sql } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    let deleted = 0

    await play({
      ...{ area: 'Telegram', fault: 'progress messages deleted during an answer', fixture, sql },
      lastsMs: [3_000, 25_000],
      begin: async () => {
        await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 700 })
        // without drafts the progress is a message
        await fixture.fault({ service: 'telegram', mode: 'status', status: 404, methods: ['sendMessageDraft'] })
        let isOver = false
        const deleting = (async () => {
          while (!isOver) {
            for (const userId of [100, 101, 102, 103]) {
              const passing = (await fixture.user(userId).messages()).find(
                ({ from, text }) => from === 'bot' && progressLine.test(text),
              )
              if (passing === undefined) continue
              // it may be deleted already: the bot removes it when it answers
              const removed = await post(`${fixture.url}/sandbox/chats/${userId}/delete`, {
                message_id: passing.message_id,
              }).catch(() => null)
              if (removed !== null) deleted += 1
            }
            await pause(50)
          }
        })()
        return async () => {
          isOver = true
          await deleting
          await fixture.heal()
        }
      },
    })
    expect(deleted).toBeGreaterThan(3)
    expect(await sql("select from user_events where event_type = 'bot_error'")).toEqual([])
  },
  timeout,
)

test.runIf(isLong)(
  'the clock is stepped back an hour',
  async () => {
    const { url, sql } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    const preload = new URL('./stepping-clock.mjs', import.meta.url).href

    await play({
      ...{ area: 'Clock', fault: 'stepped back an hour', fixture, sql },
      settings: { NODE_OPTIONS: `--import ${preload}`, CLOCK_STEPS_MS: '-3600000' },
      lastsMs: [2_000, 10_000],
      begin: async bot => {
        bot.child.kill('SIGUSR2')
        return async () => undefined
      },
    })
  },
  timeout,
)

test(
  'the clock jumps forty days ahead and back: no user loses a session by it',
  async () => {
    const { url, sql } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    const preload = new URL('./stepping-clock.mjs', import.meta.url).href
    const day = 86_400_000
    const bot = await fixture.bot({
      NODE_OPTIONS: `--import ${preload}`,
      CLOCK_STEPS_MS: [40 * day, -40 * day].join(','),
    })
    await bot.started()
    const anna = fixture.user(100)
    await anna.join()
    const sessions = async () =>
      (await sql(`select from user_events where user_id = 100 and event_type = 'session_start'`)).length
    const order = async () => {
      const answered = (await anna.messages()).filter(({ text }) => text.includes('Итого')).length
      await anna.send('собери корзину: молоко, хлеб')
      await until(
        'a cart',
        async () => (await anna.messages()).filter(({ text }) => text.includes('Итого')).length > answered,
      )
    }

    await order()
    bot.child.kill('SIGUSR2') // 40 days ahead
    await order()
    bot.child.kill('SIGUSR2') // and back
    await order()
    const before = await sessions()
    // half an hour of silence: where the time ahead was stored, this does not reach back to now
    await sql(`update users set last_message_at = last_message_at - interval '31 minutes' where user_id = 100`)
    await order()

    await until('a session after the silence', async () => (await sessions()) === before + 1)
  },
  timeout,
)
