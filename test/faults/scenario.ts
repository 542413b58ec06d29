import { expect } from 'vitest'
import type { TestDatabase } from '../support/database.ts'
import { freePort } from '../support/programs.ts'
import { seeded } from '../support/seeded.ts'
import type { BotProcess } from '../support/spawn-bot.ts'
import { watchAlerts } from './alerts.ts'
import { type Fixture, pause, until } from './fixture.ts'
import { join, startLoad } from './load.ts'
import { describeAlerts, isLong, report } from './results.ts'
import { judge } from './truth.ts'

export interface FaultScenario {
  area: string
  fault: string
  fixture: Fixture
  sql: TestDatabase['sql']
  /** Brings the fault about; what it returns ends it. */
  begin(bot: BotProcess): Promise<() => Promise<void>>
  /** How long the fault lasts: short form, long form. */
  lastsMs: [number, number]
  users?: number
  /** The alert that must fire; null when none is meant to. */
  alert?: string | null
  settings?: Record<string, string>
  note?: string
  /** Files that are rightly left at the end. */
  mayStay?: (path: string) => boolean
  /** Checked after the fault and the load. */
  finally?(bot: BotProcess): Promise<void>
}

const probe = 99

/** Runs virtual users against the bot, the fault among them, and compares what they saw with what is stored. */
export async function play(scenario: FaultScenario): Promise<BotProcess> {
  const { fixture, sql, area, fault, alert = null } = scenario
  const metricsPort = await freePort()
  const bot = await fixture.bot({ METRICS_PORT: `${metricsPort}`, ...scenario.settings })
  await bot.started()
  const users = Array.from({ length: scenario.users ?? 4 }, (_, i) => 100 + i)
  await join(fixture, [...users, probe])
  const alerts = await watchAlerts(metricsPort)

  const load = await startLoad(fixture, { sql, users, random: seeded(11), thinkMs: 600 })
  await pause(500)
  alerts?.begin()
  const end = await scenario.begin(bot)
  const lastsMs = Number(process.env.FAULTS_MS ?? scenario.lastsMs[isLong ? 1 : 0])
  await pause(lastsMs)
  // as long as the rule needs to notice it, which depends on how much the users could do
  if (alerts !== null && alert !== null)
    await until(`the alert ${alert}`, async () => alerts.fired().includes(alert), 240_000)
  const last = await fixture.user(probe).send('/help')
  await end()
  const endedAt = Date.now()
  await until('an answer once the fault is over', async () => (await answersAfter(fixture, last)) > 0)
  const recoveryS = (Date.now() - endedAt) / 1000
  const fired = (await alerts?.end()) ?? null
  const tallies = await load.finish()
  await until('everything is stored', async () => !/^bot_events_waiting\{[^}]*\} [1-9]/m.test(await bot.metrics()))
  const verdict = await judge({
    fixture,
    sql,
    tallies,
    kills: 0,
    ...(scenario.mayStay && { mayStay: scenario.mayStay }),
  })
  await scenario.finally?.(bot)

  const answers = tallies.reduce((sum, { answered }) => sum + answered.cart + answered.me + answered.help, 0)
  const apologies = tallies.reduce((sum, one) => sum + one.apologies, 0)
  report({
    area,
    fault: `${fault}, ${Math.round(lastsMs / 1000)} s`,
    times: 1,
    saw: `${answers} answers, ${apologies} apologies`,
    lost: verdict.lost.length,
    doubled: verdict.doubled.length,
    recoveryS,
    alert: describeAlerts(fired),
    ...(scenario.note === undefined ? {} : { note: scenario.note }),
  })
  expect(verdict).toMatchObject({ lost: [], doubled: [], left: [] })
  expect(bot.child.exitCode).toBeNull()
  return bot
}

async function answersAfter(fixture: Fixture, messageId: number): Promise<number> {
  return (await fixture.user(probe).messages(messageId)).filter(({ from }) => from === 'bot').length
}
