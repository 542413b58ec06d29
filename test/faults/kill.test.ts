import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/programs.ts'
import { seeded } from '../support/seeded.ts'
import { watchAlerts } from './alerts.ts'
import { pause, startFixture, until } from './fixture.ts'
import { apologiesOf, join, type Load, messagesOf, startLoad } from './load.ts'
import { describeAlerts, isLong, report } from './results.ts'
import { judge } from './truth.ts'

const kills = Number(process.env.FAULTS_KILLS ?? (isLong ? 100 : 3))
const seed = Number(process.env.FAULTS_SEED ?? 7)

test(`kill -9 at ${kills} random moments under load: nothing is lost, no cart twice`, async () => {
  const random = seeded(seed)
  const { url, sql } = await createTestDatabase()
  const fixture = await startFixture({ DATABASE_URL: url })
  await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 40, rate: 0.7 })
  const users = Array.from({ length: 8 }, (_, i) => 100 + i)
  const metricsPort = await freePort()
  const start = async () => {
    const bot = await fixture.bot({ METRICS_PORT: `${metricsPort}` })
    await bot.started()
    return bot
  }
  let bot = await start()
  await join(fixture, users)
  const alerts = await watchAlerts(metricsPort)

  const load = await startLoad(fixture, { sql, users, random })
  alerts?.begin()
  const recoveries: number[] = []
  for (let killed = 0; killed < kills; killed++) {
    // every other process lives until a user has an answer: however slow the machine, the load moves on
    if (killed % 2 === 0) await untilAnswered(load)
    await pause(200 + random() * 1300)
    await bot.kill()
    const killedAt = Date.now()
    bot = await start()
    recoveries.push(Date.now() - killedAt)
  }
  await until('more carts than users', async () => (await load.carts()) > users.length)
  const tallies = await load.finish()
  await until('every answer is marked as given', async () => {
    const text = await bot.metrics()
    return /^bot_events_waiting\{[^}]*\} [1-9]/m.test(text) ? undefined : true
  })

  const verdict = await judge({ fixture, sql, tallies, kills })
  const fired = (await alerts?.end()) ?? null
  report({
    area: 'Process',
    fault: 'kill -9 under load',
    times: kills,
    saw: `every one of ${messagesOf(tallies)} messages answered, ${apologiesOf(tallies)} of them with an apology; ${verdict.repeatedAnswers} answers came twice`,
    note: 'recovery: the next process has started; it answers immediately',
    lost: verdict.lost.length,
    doubled: verdict.doubled.length,
    recoveryS: Math.max(...recoveries) / 1000,
    alert: describeAlerts(fired),
  })
  expect(verdict).toMatchObject({ lost: [], doubled: [], left: [] })
  expect(messagesOf(tallies)).toBeGreaterThan(kills)
  if (fired !== null) expect(fired).toContain('BotRestarting')
  expect(verdict.repeatedAnswers).toBeLessThanOrEqual(kills * users.length)
  expect(tallies.reduce((sum, { carts }) => sum + carts.size, 0)).toBeGreaterThan(users.length)
}, 2_400_000)

async function untilAnswered(load: Load): Promise<void> {
  const before = load.rounds()
  await until('an answer', async () => load.rounds() > before)
}
