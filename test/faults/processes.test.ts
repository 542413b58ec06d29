import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startBalancer } from '../support/balancer.ts'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/programs.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'
import { seeded } from '../support/seeded.ts'
import type { BotProcess } from '../support/spawn-bot.ts'
import { watchAlerts } from './alerts.ts'
import { pause, post, startFixture, until } from './fixture.ts'
import { join, messagesOf, startLoad } from './load.ts'
import { describeAlerts, isLong, report } from './results.ts'
import { judge } from './truth.ts'

const timeout = 900_000
/** On an idle machine it is 20 s; what hangs would hold a bot for 120 s. */
const limitMs = 60_000
const seed = Number(process.env.FAULTS_SEED ?? 5)

test(
  'SIGTERM under load: updates in flight are answered, the rest is left to the next process, within 20 s',
  async () => {
    const { url, sql } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 150 })
    const users = [100, 101, 102, 103]
    const metricsPort = await freePort()
    const start = async () => {
      const bot = await fixture.bot({ METRICS_PORT: `${metricsPort}` })
      await bot.started()
      return bot
    }
    let bot = await start()
    await join(fixture, users)
    const alerts = await watchAlerts(metricsPort)
    alerts?.begin()
    const random = seeded(seed)
    const load = await startLoad(fixture, { sql, users, random, thinkMs: 400 })
    const times = isLong ? 10 : 1
    const tookMs: number[] = []

    for (let i = 0; i < times; i++) {
      await pause(500 + random() * 1500)
      const startedAt = Date.now()
      bot.child.kill('SIGTERM')
      expect(await bot.exit).toBe(0)
      tookMs.push(Date.now() - startedAt)
      bot = await start()
    }
    const tallies = await load.finish()

    const verdict = await judge({ fixture, sql, tallies, kills: 0 })
    const slowest = Math.max(...tookMs)
    report({
      area: 'Process',
      fault: 'SIGTERM under load',
      times,
      saw: `each of ${messagesOf(tallies)} messages answered once; ended after ${(slowest / 1000).toFixed(1)} s at most`,
      lost: verdict.lost.length,
      doubled: verdict.doubled.length,
      recoveryS: null,
      alert: describeAlerts((await alerts?.end()) ?? null),
    })
    expect(verdict).toMatchObject({ lost: [], doubled: [], left: [] })
    expect(slowest).toBeLessThanOrEqual(limitMs)
  },
  timeout,
)

test.runIf(isLong)(
  'SIGTERM while nothing around answers any more: it ends within 20 s all the same',
  async () => {
    const { url } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    const bot = await fixture.bot()
    await bot.started()
    await join(fixture, [100])
    for (const service of ['gigachat', 'telegram'] as const)
      await fixture.fault({ service, mode: 'slow', delay_ms: 120_000 })
    await fixture.user(100).send('собери корзину: молоко, хлеб')
    await pause(1000)

    const startedAt = Date.now()
    bot.child.kill('SIGTERM')
    await bot.exit
    const tookMs = Date.now() - startedAt
    await fixture.heal()
    const next = await fixture.bot()
    await next.started()
    await fixture.user(100).reply(/Итого/)

    report({
      area: 'Process',
      fault: 'SIGTERM while Telegram and GigaChat hang',
      times: 1,
      saw: 'the message is answered by the next process',
      lost: 0,
      doubled: 0,
      recoveryS: tookMs / 1000,
      alert: null,
    })
    expect(tookMs).toBeLessThanOrEqual(limitMs)
  },
  timeout,
)

/** The address of a balancer in front of the bots, which ends with the test. */
async function balance(bots: () => BotProcess[]): Promise<string> {
  const balancer = await startBalancer(() => bots().map(({ publicUrl }) => publicUrl))
  onTestFinished(balancer.close)
  return balancer.url
}

const secret = 'a-secret-of-the-webhook'

test.runIf(redisWanted && isLong)(
  `one update sent to both replicas concurrently is answered once${redisNote}`,
  async () => {
    const { url, sql } = await createTestDatabase()
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const bots: BotProcess[] = []
    const hook = await balance(() => bots)
    const fixture = await startFixture({
      DATABASE_URL: url,
      REDIS_URL: redis.url,
      WEBHOOK_URL: hook,
      WEBHOOK_SECRET: secret,
    })
    for (let i = 0; i < 2; i++) {
      const bot = await fixture.bot({ DATA_DIR: mkdtempSync(joinPath(tmpdir(), 'replica-')) })
      await bot.started()
      bots.push(bot)
    }
    await join(fixture, [100])
    await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 200 })
    const from = { id: 100, is_bot: false, first_name: 'Анна' }
    const message = { message_id: 900, date: Math.floor(Date.now() / 1000), from, chat: { id: 100, type: 'private' } }
    const update = { update_id: 5, message: { ...message, text: 'собери корзину: молоко, хлеб' } }

    const statuses = await Promise.all(
      bots.map(async ({ publicUrl }) => {
        const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret }
        return (await fetch(`${publicUrl}/hook`, { method: 'POST', headers, body: JSON.stringify(update) })).status
      }),
    )
    await until('the cart', async () => (await fixture.user(100).messages()).some(({ text }) => text.includes('Итого')))

    const carts = (await fixture.user(100).messages()).filter(({ text }) => text.includes('Итого'))
    expect(statuses).toEqual([200, 200])
    expect(carts).toHaveLength(1)
    expect(await sql("select from user_events where event_type = 'cart_created'")).toHaveLength(1)
  },
  timeout,
)

test.runIf(isLong)(
  'a user who blocks the bot during an answer disturbs no other user',
  async () => {
    const { url, sql } = await createTestDatabase()
    const fixture = await startFixture({ DATABASE_URL: url })
    const bot = await fixture.bot()
    await bot.started()
    await join(fixture, [100, 101])
    await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 200 })

    await fixture.user(100).send('собери корзину: молоко, хлеб')
    await post(`${fixture.url}/sandbox/chats/100/block`, { blocked: true })
    await fixture.user(101).ask('собери корзину: молоко, хлеб', /Итого/)
    await until('the answer to the one who blocked', async () =>
      /outcome="unreachable"[^}]*\} [1-9]/.test(await bot.metrics()),
    )
    await post(`${fixture.url}/sandbox/chats/100/block`, { blocked: false })
    await fixture.user(100).ask('/help', /Как это работает/)

    expect(await sql("select from user_events where event_type = 'bot_error'")).toEqual([])
    report({
      area: 'Telegram',
      fault: 'blocked by the user during an answer',
      times: 1,
      saw: 'nothing while blocked; answered as before afterwards',
      lost: 0,
      doubled: 0,
      recoveryS: null,
      alert: null,
    })
  },
  timeout,
)
