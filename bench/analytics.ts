import type { DuckDBConnection } from '@duckdb/node-api'
import type pg from 'pg'
import { measureCounting } from './analytics-counting.ts'
import { days, openDuckDb, openHistory, prepareScans } from './analytics-fixture.ts'
import { type AnalyticsQuestion, planned, questions, timeZone, until } from './analytics-questions.ts'
import { measureWrites } from './analytics-writes.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'
import { measureBackend } from './server-cost.ts'

/** Other sizes than those of the scales, such as 36000000 (about an hour): BENCH_EVENTS. */
const givenEvents = Number(process.env.BENCH_EVENTS ?? 0)

/** BENCH_TOTALS_ONLY=1 leaves out the scans, DuckDB and old months: of 36,000,000 events they would take hours and say nothing new. */
const totalsOnly = process.env.BENCH_TOTALS_ONLY === '1'

export const analyticsBench: Bench = {
  name: 'analytics',
  question:
    'What does the database spend on a number of the chat, and what do the totals cost the write path and the disk?',
  against:
    'a scan of user_events with an index on (event_type, created_at, user_id), and DuckDB, on the same rows and on one row a user and day, in memory; for writes the same batches without totals; for an old month DELETE and VACUUM',
  settings: [
    `A year of synthetic history (${days} days); 3,600,000 events, with --long 36,000,000, or as many as BENCH_EVENTS says.`,
    'Warm; work_mem 256 MB, random_page_cost 1.1, enable_presorted_aggregate off for the scan, which doubles its speed. The statements of all are prepared.',
    'DuckDB has two threads and its rows as plain columns, without JSON. From daily rows it answers what these know: no steps of a funnel in their order, no queries.',
    'Rows lie in the order in which users were generated, so a scan by time jumps in the table more than in a living one.',
    'Users are counted after VACUUM ANALYZE of what was loaded for it, which is no work of the count.',
    'With BENCH_TOTALS_ONLY=1 no scan, no DuckDB, no old month: the totals of each question alone.',
    'Disk and the queries of the plan are measured before the index of the scan is made. Rollups are all tables but the events, the users, ratings of carts and blocks of the bot, which are facts of their own.',
  ],
  explained: [
    'The totals do not grow with the history: what a command reads is set by the days asked for, so the distance to a scan grows with the table. At 37.6 million events of 706,000 users, where 40 ms are promised for 365 days (2026-11-27, 27 minutes of processor time to load and count, PostgreSQL without fsync, since it only reads afterwards; a busy machine, so processor time counts): all but one answer took at most 20 ms, cohorts of 52 weeks 12, searches 11, money 5, the summary 4, sources 4; the funnel of conversion windows took 41. Since then it reads only the beginning of each row that lies within the window, 0.65 of the time at 3.8 million events; at 37.6 million that was not measured again. By the clock two were above 40 ms on that machine, this funnel (51) and who blocked the bot (47, of which 11 of processor time: it returns a row for each day, source and step). The rollups take 20.3 % of 8.8 GB of events there, and the query of the plan for sources of traffic, as it is written, 0.77 s. An experiment of up to 62 days is a sum over pairs of days, since the spread between its users is.',
    'Where the processor time of a day of 100,000 users goes, measured around each part (36 µs a user on a busy machine, of 46 before): reading the events 20 %; storing what they count 20; totals of queries 17; paths through the funnel 14; what users contribute before and after, and their totals, 12; users and their first /start 12; the rest is marks, carts that were corrected, blocks, answers and failures. No part is a quarter, and about eight look-ups by key a user are in all of them. A transaction of 10,000 users costs a user 4 to 8 % less than one of 5,000, since the row of a query and day is changed once a transaction, and holds the lock for 0.35 s instead of 0.23 before; of 20,000 another 6 %, which is not worth twice the wait of others. A user with a history takes two to three times as long: the day before of each query that is new is looked for in it.',
    'Where a user has more events, reading them is what grows: 1.6 µs an event (100,000 events of 5,000 users, 159 ms), of which finding it takes 0.2, its type and query 0.5, storing that for two passes 0.3, distinct queries 0.1, sorting and adding up by user 0.5. That is more than half of the day of the bench growth.',
    'What gave nothing: sorting the queries of each user instead of all events (0.98 to 1.1 × the time of reading); asking the JSON by containment instead of by key (3 % of reading); plain INSERTs for users who were never counted (0.8 to 1.1 µs a row, 5 % of the count, for a second form of each statement). One count is one core: it begins with the users that are marked, which no parallel plan of PostgreSQL can share among its workers, and two counts would wait for each other at the first total they both change.',
    'Counting without a pause is the worst the write path can meet: on two cores it takes one of them. At the pace of the bot see the bench recorder, counted against not counted.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const wantedEvents = context.at({ quick: 2_500, normal: 3_600_000, long: 36_000_000 })
  const { client, rows } = await openHistory(context, givenEvents > 0 ? givenEvents : wantedEvents)
  context.size(`${rows.toLocaleString('en-US')} events`)
  const results = [await measureDisk(client), ...(await measurePlan(context, client))]
  if (totalsOnly) {
    for (const { name, totals } of questions)
      results.push(...(await measureQuestion(context, client, null, { name, totals }, rows)))
    return results
  }
  await prepareScans(client)
  const duck = await openDuckDb(context, client)
  for (const question of questions) results.push(...(await measureQuestion(context, client, duck, question, rows)))
  results.push(...(await measureOldMonths(context, client)))
  return [...results, ...(await measureWrites(context)), ...(await measureCounting(context))]
}

const SIZES = `
select c.relname as name, c.relname = 'user_events' as raw, sum(pg_total_relation_size(coalesce(i.inhrelid, c.oid)))::float8 as bytes
from pg_class c left join pg_inherits i on i.inhparent = c.oid
where c.relkind in ('r', 'p') and not c.relispartition and c.relname not in ('users', 'cart_ratings', 'bot_blocks') and c.relnamespace in ('public'::regnamespace, 'analytics'::regnamespace)
group by 1, 2 order by bytes desc`

/** Disk space of what stands beside the events, the users, their ratings and their blocks of the bot, which are facts of their own. */
async function measureDisk(client: pg.Client): Promise<BenchResult> {
  const { rows } = await client.query<{ name: string; raw: boolean; bytes: number }>(SIZES)
  const sum = (raw: boolean) => rows.filter(row => row.raw === raw).reduce((total, { bytes }) => total + bytes, 0)
  const largest = rows.filter(({ raw }) => !raw).slice(0, 12)
  const share = sum(false) / sum(true)
  return {
    what: 'disk of the rollups',
    unit: '% of the events',
    value: spread([share * 100]),
    remark: `events ${(sum(true) / 1e6).toFixed(0)} MB; ${largest.map(({ name, bytes }) => `${name} ${(bytes / 1e6).toFixed(1)}`).join(', ')}`,
    target: { text: 'at most 20 %', met: share <= 0.2 },
  }
}

async function measurePlan(context: BenchContext, client: pg.Client): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const { name, text } of planned) {
    const { taken } = await interleave({ taken: inServer(client, name, text) }, context.rounds)
    const value = spread(taken.map(({ ms }) => ms))
    results.push({
      what: `query of the plan: ${name}`,
      unit: 'ms',
      value,
      processor: { value: spread(taken.map(({ cpuMs }) => cpuMs)), unit: 'ms' },
      target: { text: 'at most 1 s', met: value.median <= 1000 },
    })
  }
  return results
}

interface Taken {
  ms: number
  cpuMs: number
}

/** Runs a prepared statement; times by the clock and by the processor. */
const inServer = (client: pg.Client, name: string, text: string) => async (): Promise<Taken> => {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  let ms = 0
  const us = await measureBackend(rows[0]?.pid ?? 0, async () => {
    ms = await timed(() => client.query({ name, text }))
  })
  return { ms, cpuMs: us / 1000 }
}

const inDuckDb = async (duck: DuckDBConnection, text: string): Promise<() => Promise<Taken>> => {
  const prepared = await duck.prepare(text)
  return async () => {
    const before = process.cpuUsage()
    const ms = await timed(() => prepared.runAndReadAll())
    const { user, system } = process.cpuUsage(before)
    return { ms, cpuMs: (user + system) / 1000 }
  }
}

async function measureQuestion(
  context: BenchContext,
  client: pg.Client,
  duck: DuckDBConnection | null,
  { name, totals, raw, daily }: AnalyticsQuestion,
  rows: number,
): Promise<BenchResult[]> {
  const contenders: Record<string, () => Promise<Taken>> = { totals: inServer(client, `${name}, totals`, totals) }
  if (raw !== undefined) {
    const scan = inServer(client, `${name}, scan`, raw)
    contenders.scan = async () => {
      await client.query('set enable_presorted_aggregate = off')
      const taken = await scan()
      await client.query('reset enable_presorted_aggregate')
      return taken
    }
    if (duck !== null) contenders.DuckDB = await inDuckDb(duck, raw)
  }
  if (duck !== null && daily !== undefined) contenders['DuckDB over daily rows'] = await inDuckDb(duck, daily)
  const samples = await interleave(contenders, context.rounds)
  const wall = (who: string) => (samples[who] ?? []).map(({ ms }) => ms)
  const others = Object.keys(contenders).slice(1)
  const mostMs = rows > 20_000_000 ? 40 : 20
  const row = (who: string): BenchResult => ({
    what: `${name}, ${who}`,
    unit: 'ms',
    value: spread(wall(who)),
    processor: { value: spread((samples[who] ?? []).map(({ cpuMs }) => cpuMs)), unit: 'ms' },
  })
  const first = row('totals')
  return [
    {
      ...first,
      ratios: others.map(to => ({ to, value: ratio(wall('totals'), wall(to)) })),
      target: { text: `at most ${mostMs} ms`, met: first.value.median <= mostMs },
    },
    ...others.map(row),
  ]
}

/** A month deleted row by row, the next one dropped, by turns; and what erasing the texts of that time costs. */
async function measureOldMonths(context: BenchContext, client: pg.Client): Promise<BenchResult[]> {
  const { rows: months } = await client.query<{ name: string }>('select name from event_months_before($1)', [until])
  let deletedRows = 0
  // the oldest are small: users arrive over the year
  const next = () => months.splice(Math.floor(months.length / 2), 1)[0]?.name ?? ''
  const samples = await interleave(
    {
      deleted: async () => {
        const name = next()
        const begun = performance.now()
        const { rowCount } = await client.query(`delete from ${name}`)
        await client.query(`vacuum ${name}`)
        deletedRows += rowCount ?? 0
        return ((performance.now() - begun) / Math.max(1, rowCount ?? 0)) * 1000
      },
      dropped: async () => {
        const name = next()
        const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${name}`)
        const ms = await timed(() => client.query('select drop_event_month($1, $2)', [name, timeZone]))
        return (ms / Math.max(1, Number(rows[0]?.n))) * 1000
      },
    },
    Math.min(context.rounds, 3),
  )
  const texts = await timed(() => client.query("select delete_old_texts($1, 'infinity')", [timeZone]))
  return [
    {
      what: 'an old month dropped',
      unit: 'µs a row',
      value: spread(samples.dropped),
      ratios: [{ to: 'DELETE and VACUUM', value: ratio(samples.dropped, samples.deleted) }],
      remark: 'writers wait no longer than this',
    },
    {
      what: 'an old month deleted and vacuumed',
      unit: 'µs a row',
      value: spread(samples.deleted),
      remark: `${deletedRows.toLocaleString('en-US')} rows in all`,
    },
    {
      what: 'texts of all these months erased, either way',
      unit: 'ms',
      value: spread([texts]),
      remark: 'writers go on',
    },
  ]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
