import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { writeHistory } from '../src/analytics/demo/history.ts'
import { openStandby } from '../src/analytics/open-storage.ts'
import { readReports } from '../src/analytics/testing/read-everything.ts'
import { runReport } from '../src/cli/report.ts'
import { createDb } from '../src/db/db.ts'
import { createDbMetrics, createStandbyMetrics } from '../src/db/metrics.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { startPrimaryAndStandby } from './support/standby.ts'
import { startTcpProxy } from './support/tcp-proxy.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-01', to: '2026-03-10' }

/** The standby is waited for, however slow this machine is, unless `catchUpMs` says otherwise. */
function open(primaryUrl: string, url: string, { maxLagMs = 60_000, catchUpMs = 60_000 } = {}) {
  const register = createRegistry({ serviceName: 'test', env: 'test' })
  const metrics = { db: createDbMetrics(register), standby: createStandbyMetrics(register) }
  const db = createDb({ url: primaryUrl, register, metrics: metrics.db })
  const warnings: string[] = []
  const onFallback = (reason: string) => void warnings.push(reason)
  let time = Date.now()
  const clock = () => new Date(time)
  const standby = openStandby({
    standby: { url, maxLagMs },
    db,
    metrics,
    register,
    now: clock,
    onFallback,
    catchUpMs,
    timeoutMs: 120_000,
  })
  if (standby === undefined) throw new Error('a standby is given')
  onTestFinished(async () => {
    await Promise.all([db.close(), standby.close()])
  })
  const analytics = createAnalytics({ db, standby, timeZone, now: () => now })
  const pass = (ms: number) => {
    time += ms
  }
  const metric = async (name: string) => Number((await register.getSingleMetric(name)?.get())?.values[0]?.value)
  return { db, standby, analytics, warnings, pass, metric }
}

test('while the primary is down the standby answers alone, with the time of what was counted by then', async () => {
  const begunAt = Math.floor(Date.now() / 1000) * 1000
  const { primaryUrl, standbyUrl } = await startPrimaryAndStandby()
  const startedAt = Date.now()

  // one that has replayed nothing yet is as old as its copy
  const copied = new pg.Client({ connectionString: standbyUrl })
  await copied.connect()
  const { rows } = await copied.query('select pg_last_xact_replay_timestamp() as at')
  expect(rows).toEqual([{ at: null }])
  await copied.end()
  const young = open('postgres://postgres@127.0.0.1:1/bot', standbyUrl)
  const { asOf } = await young.analytics.timed(() => young.analytics.summary(period))
  expect(asOf?.getTime()).toBeGreaterThanOrEqual(begunAt)
  expect(asOf?.getTime()).toBeLessThanOrEqual(startedAt)

  const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(primaryUrl).port) })
  const throughProxy = new URL(primaryUrl)
  throughProxy.port = String(proxy.port)
  await writeHistory(
    primaryUrl,
    { users: 20, days: 20, seed: 3, until: '2026-03-10', timeZone, cartLimit: 2, surveyBonus: 2 },
    now,
  )
  const { db, analytics, pass, metric, standby } = open(throughProxy.href, standbyUrl)
  const expected = await readReports(analytics, period)
  await standby.measureLag()
  const replica = new pg.Client({ connectionString: standbyUrl })
  await replica.connect()
  onTestFinished(() => replica.end())
  const replayed = async (sql: string) => expect.poll(async () => (await replica.query(sql)).rowCount).toBe(1)
  const timed = () => analytics.timed(() => analytics.summary(period))

  await proxy.refuse()
  const first = await timed()
  const { summary, funnel } = expected
  expect([first.answer, await analytics.funnel(period)]).toMatchObject([
    { carts: summary.carts },
    { from: funnel.from },
  ])
  expect(first.asOf?.getTime()).toBeLessThanOrEqual(Date.now())
  // it is the primary that is down, not what is known of the standby
  await standby.measureLag()
  expect(await metric('bot_db_standby_lag_seconds')).toBe(0)

  // what was stored and not counted is not in the numbers
  await proxy.accept()
  pass(20_000)
  await db.query('ping', "insert into dirty_days values ('2026-03-10', '{7}', now() - interval '1 hour')")
  await replayed('select from dirty_days')
  await proxy.refuse()
  const uncounted = await timed()
  expect(uncounted.asOf?.getTime()).toBeLessThan(Date.now() - 3_500_000)

  // the terminal, too
  const [notes, answers]: [string[], string[]] = [[], []]
  const env = { DATABASE_URL: throughProxy.href, DATABASE_READ_URL: standbyUrl }
  const args = ['summary', '--period', 'week', '--until', '2026-03-10']
  await runReport({
    args,
    env,
    out: text => void answers.push(text),
    note: text => void notes.push(text),
    now: () => now,
  })
  expect(answers).toEqual([expect.stringContaining('Новых')])
  expect(notes).toEqual([expect.stringContaining('standby'), expect.stringMatching(/^Данные на /)])
  await expect(
    runReport({
      args,
      env: { DATABASE_URL: throughProxy.href },
      out: () => undefined,
      note: () => undefined,
      now: () => now,
    }),
  ).rejects.toThrow(/DATABASE_URL/)

  // with both down it is the primary that is named, and the lag is not known once that is back
  await proxy.accept()
  pass(20_000)
  await timed()
  const neither = open('postgres://postgres@127.0.0.1:1/bot', 'postgres://postgres@127.0.0.1:1/bot')
  await expect(neither.analytics.timed(() => neither.analytics.summary(period))).rejects.toThrow(/postgres/)
  const without = open(primaryUrl, 'postgres://postgres@127.0.0.1:1/bot')
  await without.standby.measureLag()
  expect(await without.metric('bot_db_standby_lag_seconds')).toBe(Number.POSITIVE_INFINITY)
})

test('reports are read from a standby with the time they are true for, and from the primary, with one warning, while it is down or behind', async () => {
  const { primaryUrl, standbyUrl } = await startPrimaryAndStandby()
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(standbyUrl).port) })
  const throughProxy = new URL(standbyUrl)
  throughProxy.port = String(proxy.port)
  await writeHistory(
    primaryUrl,
    { users: 20, days: 20, seed: 3, until: '2026-03-10', timeZone, cartLimit: 2, surveyBonus: 2 },
    now,
  )
  const { db, standby, analytics, warnings, pass, metric } = open(primaryUrl, throughProxy.href)
  const admin = new pg.Client({ connectionString: primaryUrl })
  const replica = new pg.Client({ connectionString: standbyUrl })
  replica.on('error', () => undefined)
  for (const client of [admin, replica]) await client.connect()
  onTestFinished(async () => {
    await Promise.all([admin.end(), replica.end().catch(() => undefined)])
  })
  const whoAnswers = async (reads = standby) => {
    const { answer, asOf } = await reads.timed(() =>
      reads.query<{ standby: boolean }>('ping', 'select pg_is_in_recovery() as standby'),
    )
    return { standby: answer[0]?.standby, asOf }
  }

  // the same numbers, as new as the primary's
  const begun = Date.now()
  const read = await analytics.timed(() => readReports(analytics, period))
  expect(read.answer).toEqual(await readReports(createAnalytics({ db, timeZone, now: () => now }), period))
  expect(read.asOf?.getTime()).toBeGreaterThanOrEqual(begun - 1000)
  expect(await whoAnswers()).toMatchObject({ standby: true })
  for (let i = 0; i < 20; i++) {
    await admin.query(`insert into daily_stats (date) values ('2020-01-01'::date + $1::int)`, [i])
    const [row] = await standby.query<{ n: number }>(
      'read_days',
      `select count(*)::int as n from daily_stats where date < '2021-01-01'`,
    )
    expect(row?.n).toBe(i + 1)
  }
  expect(warnings).toEqual([])

  // the report of the terminal says it too
  const notes: string[] = []
  const env = { DATABASE_URL: primaryUrl, DATABASE_READ_URL: standbyUrl }
  const args = ['summary', '--period', 'week', '--until', '2026-03-10']
  await runReport({ args, env, out: () => undefined, note: text => void notes.push(text), now: () => now })
  expect(notes).toEqual([expect.stringMatching(/^Данные на \d\d:\d\d$/)])
  expect((await replica.query('select analytics.true_at() <= clock_timestamp() as past')).rows).toEqual([
    { past: true },
  ])

  // a read that the standby cancels for what it replays is tried again
  const long = standby.query<{ n: number }>(
    'read_days',
    `select (select count(*) from daily_stats)::int as n from pg_sleep(case when exists (select from daily_stats where date = '2020-01-05') then 25 else 0 end)`,
  )
  await expect
    .poll(
      async () =>
        (
          await replica.query(
            `select from pg_stat_activity where query like '%pg_sleep(case%' and pid <> pg_backend_pid()`,
          )
        ).rowCount,
    )
    .toBe(1)
  await admin.query(`delete from daily_stats where date < '2021-01-01'`)
  await admin.query('vacuum daily_stats')
  const [answer] = await long
  expect(answer?.n).toBeGreaterThan(0)
  expect(await metric('bot_db_standby_conflicts_total')).toBeGreaterThan(0)
  expect(warnings).toEqual([])

  // behind: what it has not replayed is shown with its time, and not at all when it is too old
  await replica.query('select pg_wal_replay_pause()')
  await expect
    .poll(async () => (await replica.query(`select pg_get_wal_replay_pause_state() as s`)).rows[0].s)
    .toBe('paused')
  await admin.query(`insert into daily_stats (date) values ('2020-01-01')`)
  const hasty = open(primaryUrl, standbyUrl, { catchUpMs: 1 })
  const old = await whoAnswers(hasty.standby)
  expect(old.standby).toBe(true)
  expect(old.asOf?.getTime()).toBeLessThan(Date.now())
  const strict = open(primaryUrl, standbyUrl, { maxLagMs: 1, catchUpMs: 1 })
  expect(await strict.standby.query<{ standby: boolean }>('ping', 'select pg_is_in_recovery() as standby')).toEqual([
    { standby: false },
  ])
  await strict.standby.query('ping', 'select 1')
  expect(strict.warnings).toEqual([expect.stringContaining('behind')])
  await replica.query('select pg_wal_replay_resume()')

  // down, and back
  await proxy.refuse()
  for (let i = 0; i < 3; i++) expect(await whoAnswers()).toEqual({ standby: false, asOf: null })
  expect(warnings).toHaveLength(1)
  expect((await analytics.timed(() => analytics.summary(period))).asOf).toBeNull()
  expect(await metric('bot_db_standby_fallbacks_total')).toBeGreaterThan(3)
  await proxy.accept()
  pass(20_000)
  expect(await whoAnswers()).toMatchObject({ standby: true })
  await proxy.refuse()
  pass(20_000)
  await whoAnswers()
  expect(warnings).toHaveLength(2)
  await proxy.accept()
  pass(20_000)

  // neither its own mistakes nor those of the statement are the standby's
  await expect(standby.query('ping', 'select 1 / 0')).rejects.toThrow(/22012/)
  const self = open(primaryUrl, primaryUrl)
  await self.standby.query('ping', 'select 1')
  expect(self.warnings).toEqual([expect.stringContaining('is no standby')])
})
