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
import { pause, startFixture, until } from './fixture.ts'
import { join } from './load.ts'
import { describeAlerts, isLong, report } from './results.ts'
import { startRounds } from './rounds.ts'
import { judge } from './truth.ts'

const seed = Number(process.env.FAULTS_SEED ?? 5)
const kills = isLong ? Number(process.env.FAULTS_REPLICA_KILLS ?? 20) : 1
const restarts = isLong ? 3 : 1
const wantedRounds = isLong ? 100 : 6

test.runIf(redisWanted)(
  `three bots behind one webhook: kill -9 of one, then one restarted after the other, messages and presses in order${redisNote}`,
  async () => {
    const { url, sql } = await createTestDatabase()
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const bots: BotProcess[] = []
    const balancer = await startBalancer(() => bots.map(({ publicUrl }) => publicUrl))
    onTestFinished(balancer.close)
    const webhook = { WEBHOOK_URL: balancer.url, WEBHOOK_SECRET: 'a-secret-of-the-webhook' }
    const fixture = await startFixture({ DATABASE_URL: url, REDIS_URL: redis.url, ...webhook }, { limits: true })
    await fixture.fault({ service: 'gigachat', mode: 'slow', delay_ms: 150 })
    const dirs = [0, 1, 2].map(() => mkdtempSync(joinPath(tmpdir(), 'replica-')))
    const metricsPorts = [await freePort(), await freePort(), await freePort()]
    const startReplica = async (i: number) => {
      const bot = await fixture.bot({ DATA_DIR: dirs[i] ?? '', METRICS_PORT: `${metricsPorts[i]}` })
      await bot.started()
      bots[i] = bot
    }
    // the first one migrates
    for (const i of dirs.keys()) await startReplica(i)
    // so that the order does not depend on how fast this machine is; the long form measures it as it is
    if (!isLong)
      await sql(
        `create or replace function inbox_longest_wait() returns interval language sql as $$ select interval '1 min' $$`,
      )
    const users = Array.from({ length: isLong ? 5 : 3 }, (_, i) => 100 + i)
    await join(fixture, users)
    const random = seeded(seed)
    const alerts = await watchAlerts(metricsPorts[0] ?? 0)
    alerts?.begin()
    const load = startRounds(fixture, users)
    const goesOn = async () => {
      const before = load.done()
      await until('a round', async () => load.done() > before)
      await pause(random() * 1500)
    }

    for (let i = 0; i < kills; i++) {
      await goesOn()
      await bots[i % 3]?.kill()
      await pause(300)
      await startReplica(i % 3)
    }
    // what a killed bot had answered and not marked as answered comes again before the round after the next is over
    await load.everyUserDoes(2)
    const repeatedByKills = await load.repeated()
    for (let i = 0; i < restarts; i++) {
      await goesOn()
      const bot = bots[(i + kills) % 3]
      bot?.child.kill('SIGTERM')
      expect(await bot?.exit).toBe(0)
      await startReplica((i + kills) % 3)
    }
    await until('the wanted rounds', async () => load.done() >= wantedRounds, 300_000)
    const result = await load.finish()

    // the journal of a killed bot keeps for a day the carts of messages that another bot has answered
    const mayStay = (path: string) => path.includes('/spool/carts/')
    const verdict = await judge({ fixture, sql, tallies: result.tallies, kills, mayStay })
    const fired = (await alerts?.end()) ?? null
    const saw = `${result.rounds} × 5 messages and presses answered, ${result.outOfOrder.length} out of order`
    const found = { lost: verdict.lost.length, doubled: verdict.doubled.length, alert: describeAlerts(fired) }
    report({
      ...{
        area: 'Three bots',
        fault: 'one webhook, one Redis, kill -9 of one after the other',
        times: kills,
        ...found,
      },
      saw: `${saw}; ${repeatedByKills} answers came twice`,
      recoveryS: result.longestMs / 1000,
    })
    report({
      ...{ area: 'Three bots', fault: 'rolling restart under load', times: restarts, ...found },
      saw: `${saw}; ${result.repeated - repeatedByKills} answers came twice`,
      recoveryS: null,
    })
    const { outOfOrder } = result
    expect({ ...verdict, outOfOrder }).toMatchObject({ lost: [], doubled: [], left: [], outOfOrder: [] })
    expect(result.tallies.map(({ apologies }) => apologies)).toEqual(users.map(() => 0))
    // in flight were at most one answer of each user
    expect(repeatedByKills).toBeLessThanOrEqual(kills * users.length)
    expect(result.repeated).toBe(repeatedByKills)
    if (fired !== null) expect(fired).toContain('BotRestarting')
  },
  900_000,
)
