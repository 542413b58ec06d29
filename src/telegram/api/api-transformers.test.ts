import { Api } from 'grammy'
import { describe, expect, test } from 'vitest'
import { RateLimitError, TimeoutError, UpstreamError } from '../../errors.ts'
import { serveTelegram, token } from '../../sandbox/telegram/testing/serve-telegram.ts'
import { createRegistry } from '../../telemetry/registry.ts'
import { createLogBook } from '../testing/start-bot.ts'
import { toApiSignal } from './api-signal.ts'
import { createApiTransformers } from './api-transformers.ts'
import { createApiMetrics } from './metrics.ts'
import { isUnreachable } from './telegram-refusal.ts'

async function setup({ timeoutMs = 2000, healsAfterPauses = Number.POSITIVE_INFINITY } = {}) {
  const fake = await serveTelegram()
  fake.act.send(7, { text: 'привет' })
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const { log, lines } = createLogBook()
  const slept: number[] = []
  const api = new Api(token, { apiRoot: fake.url })
  const sleep = async (ms: number) => {
    slept.push(ms)
    if (slept.length === healsAfterPauses)
      fake.faults.set({ service: 'telegram', mode: 'none', status: 500, delay_ms: 0, rate: 0 })
  }
  api.config.use(...createApiTransformers({ metrics: createApiMetrics(register), log, sleep, timeoutMs }))
  const fault = (mode: 'status' | 'slow' | 'reset' | 'garbage', rest: { status?: number; delay_ms?: number } = {}) =>
    fake.faults.set({ service: 'telegram', mode, status: 500, delay_ms: 0, rate: 1, ...rest })
  const calls = async (outcome: string) =>
    ((await register.getSingleMetric('bot_telegram_calls_total')?.get())?.values ?? [])
      .filter(({ labels, value }) => labels.outcome === outcome && value > 0)
      .map(({ labels, value }) => [labels.method, value])
  return { ...fake, api, slept, lines, fault, calls, register }
}

describe('what passes without help', () => {
  test.each([
    ['a broken connection', 'reset'],
    ['an unreadable answer', 'garbage'],
    ['5xx', 'status'],
  ] as const)('%s is tried again after a pause, and the message arrives', async (_what, mode) => {
    const { api, act, slept, fault, calls } = await setup({ healsAfterPauses: 2 })
    fault(mode)

    await api.sendMessage(7, 'ответ')

    expect(act.messages(7).map(({ text }) => text)).toEqual(['привет', 'ответ'])
    expect(slept).toEqual([250, 1000])
    expect(await calls('failed')).toEqual([['sendMessage', 2]])
  })

  test('a request for a pause is met: the wait is the one Telegram asked for', async () => {
    const { api, act, slept, fault, calls } = await setup({ healsAfterPauses: 1 })
    fault('status', { status: 429, delay_ms: 3000 })

    await api.sendMessage(7, 'ответ')

    expect(act.messages(7)).toHaveLength(2)
    expect(slept).toEqual([3000])
    expect(await calls('rate_limited')).toEqual([['sendMessage', 1]])
  })
})

describe('Telegram’s limits', () => {
  /** A Telegram that keeps to its limits, by a clock that goes on when the bot waits. */
  async function limited({ isPaced }: { isPaced: boolean }) {
    let now = Date.parse('2026-05-01T10:00:00Z')
    const fake = await serveTelegram({ limitSending: true, now: () => new Date(now) })
    const metrics = createApiMetrics(createRegistry({ serviceName: 'vkusvill-bot', env: 'test' }))
    const waited: number[] = []
    const sleep = async (ms: number) => {
      waited.push(ms)
      now += ms
    }
    const paced: string[] = []
    const pace = {
      turn: async (chatId: number) => void paced.push(`turn ${chatId}`),
      pause: (chatId: number, ms: number) => void paced.push(`pause ${chatId} ${ms}`),
      share: () => undefined,
    }
    const api = new Api(token, { apiRoot: fake.url })
    api.config.use(
      ...createApiTransformers({ metrics, log: createLogBook().log, sleep, pace: isPaced ? pace : undefined }),
    )
    return { ...fake, api, waited, paced }
  }

  test('of what they refuse nothing is lost and nothing sent twice', async () => {
    const { api, act, waited } = await limited({ isPaced: false })
    const chats = Array.from({ length: 45 }, (_, i) => 100 + i)
    for (const chat of chats) act.send(chat, { text: 'привет' })

    await Promise.all(chats.map(chat => api.sendMessage(chat, 'ответ')))
    for (let i = 0; i < 8; i += 1) await api.sendMessage(100, String(i))

    expect(chats.map(chat => act.messages(chat)[1]?.text)).toEqual(chats.map(() => 'ответ'))
    expect(act.messages(100).map(({ text }) => text)).toEqual(['привет', 'ответ', ...'01234567'])
    expect(waited.length).toBeGreaterThan(0)
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1000)
  })

  test('what they count takes its turn with each attempt, and a pause they ask for is passed on', async () => {
    const { api, act, faults, paced } = await limited({ isPaced: true })
    act.send(7, { text: 'привет' })
    faults.set({ service: 'telegram', mode: 'status', status: 429, delay_ms: 3000, rate: 1, times: 1 })

    const { message_id } = await api.sendMessage(7, 'думаю')
    await api.editMessageText(7, message_id, 'ответ')
    await api.sendMessageDraft(7, 5, 'пишу')
    await api.sendChatAction(7, 'typing')
    await api.deleteMessage(7, message_id)

    expect(paced).toEqual(['turn 7', 'pause 7 3000', 'turn 7', 'turn 7'])
  })
})

describe('what does not pass', () => {
  test('a message the user deleted is no refusal: there is nothing left to change', async () => {
    const { api, act, calls } = await setup()
    const { message_id } = await api.sendMessage(7, 'думаю')
    act.remove(7, message_id)

    await api.editMessageText(7, message_id, 'ищу').catch(() => undefined)
    await api.deleteMessage(7, message_id).catch(() => undefined)

    expect(await calls('moot')).toEqual([
      ['editMessageText', 1],
      ['deleteMessage', 1],
    ])
    expect(await calls('refused')).toEqual([])
  })

  test('a slow Telegram ends in a TimeoutError after bounded attempts', async () => {
    const { api, fault, calls } = await setup({ timeoutMs: 20 })
    fault('slow', { delay_ms: 5000 })

    const failure = await api.sendMessage(7, 'ответ').catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(TimeoutError)
    expect(await calls('timeout')).toEqual([['sendMessage', 124]])
  })

  test('a question not worth ten minutes is given up sooner', async () => {
    const { api, fault, slept } = await setup()
    fault('status')

    await api.getMe().catch(() => undefined)

    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(40_000)
  })

  test('a refusal is an error of ours without Telegram’s words and without the payload', async () => {
    const { api, lines } = await setup()

    const failure = await api.sendMessage(7, '<секрет>', { parse_mode: 'HTML' }).catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(UpstreamError)
    expect(failure).toMatchObject({ status: 400, retryable: false })
    expect(`${JSON.stringify(failure)} ${failure} ${JSON.stringify(lines)}`).not.toContain('секрет')
    expect(lines).toMatchObject([{ level: 'warn', event: 'upstream_failed', fields: { operation: 'sendMessage' } }])
  })

  test('no error names the token', async () => {
    const { api, fault } = await setup()
    fault('reset')

    const failure = await api.getMe().catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(UpstreamError)
    expect(`${failure instanceof Error ? failure.stack : ''} ${JSON.stringify(failure)}`).not.toContain(token)
    expect(failure).toMatchObject({ cause: undefined })
  })

  test('429 for longer than is reasonable is passed on', async () => {
    const { api, fault } = await setup()
    fault('status', { status: 429, delay_ms: 3_600_000 })

    const failure = await api.sendMessage(7, 'ответ').catch((err: unknown) => err)

    expect(failure).toBeInstanceOf(RateLimitError)
    expect(failure).toMatchObject({ retryAfterMs: 3_600_000 })
  })

  test('a user who blocked the bot is counted, not logged, not tried again', async () => {
    const { api, act, lines, slept, calls } = await setup()
    act.block(7, true)

    const failure = await api.sendMessage(7, 'ответ').catch((err: unknown) => err)

    expect(isUnreachable(failure)).toBe(true)
    expect(slept).toEqual([])
    expect(lines).toEqual([])
    expect(await calls('blocked')).toEqual([['sendMessage', 1]])
  })

  test('getUpdates and drafts are not repeated here', async () => {
    const { api, fault, slept } = await setup()
    fault('status')

    await api.getUpdates().catch(() => undefined)
    await api.sendMessageDraft(7, 5, 'Думаю').catch(() => undefined)

    expect(slept).toEqual([])
  })

  test('a call whose signal was aborted before is not made', async () => {
    const { api, act, calls } = await setup()

    await api.sendMessage(7, 'ответ', {}, toApiSignal(AbortSignal.abort())).catch(() => undefined)

    expect(act.messages(7).map(({ text }) => text)).toEqual(['привет'])
    expect(await calls('aborted')).toEqual([['sendMessage', 1]])
  })
})

test('every method has its series from the start, unknown ones share one', async () => {
  const { api, register, calls } = await setup()
  const before = await register.metrics()

  await api.getWebhookInfo()

  expect(before).toMatch(/bot_telegram_calls_total\{[^}]*method="sendPhoto",outcome="ok"[^}]*\} 0/)
  expect(before).toMatch(/bot_telegram_call_duration_seconds_count\{[^}]*method="sendMessage"[^}]*\} 0/)
  expect(await calls('ok')).toEqual([['other', 1]])
})
