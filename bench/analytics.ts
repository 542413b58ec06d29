import type { DuckDBConnection } from '@duckdb/node-api'
import type pg from 'pg'
import { days, openDuckDb, openHistory } from './analytics-fixture.ts'
import { type AnalyticsQuestion, questions, timeZone, until } from './analytics-questions.ts'
import { measureWrites } from './analytics-writes.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'

/** Other sizes than those of the scales, such as 36000000 (about an hour): BENCH_EVENTS. */
const givenEvents = Number(process.env.BENCH_EVENTS ?? 0)

export const analyticsBench: Bench = {
  name: 'analytics',
  question: 'What does the database spend on a number of the chat, and what do the totals cost the write path?',
  against:
    'a scan of user_events with an index on (event_type, created_at, user_id), and DuckDB on the same rows in memory; for writes the same batches without totals; for an old month DELETE and VACUUM',
  settings: [
    `A year of synthetic history (${days} days); 360,000 events, with --long 3,600,000, or as many as BENCH_EVENTS says.`,
    'Warm; work_mem 256 MB, random_page_cost 1.1, enable_presorted_aggregate off for the scan, which doubles its speed.',
    'DuckDB has two threads and its rows as plain columns, without JSON.',
    'Rows lie in the order in which users were generated, so a scan by time jumps in the table more than in a living one.',
  ],
  explained: [
    'The totals do not grow with the history: what a command reads is set by the days asked for, so the distance to a scan grows with the table.',
    'Counting without a pause is the worst the write path can meet: on two cores it takes one of them. At the pace of the bot see the bench recorder, counted against not counted.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const planned = context.at({ quick: 5_000, normal: 360_000, long: 3_600_000 })
  const { client, rows } = await openHistory(context, givenEvents > 0 ? givenEvents : planned)
  context.size(`${rows.toLocaleString('en-US')} events`)
  const duck = await openDuckDb(context, client)
  const results: BenchResult[] = []
  for (const question of questions) results.push(...(await measureQuestion(context, client, duck, question, rows)))
  return [...results, ...(await measureOldMonths(context, client)), ...(await measureWrites(context))]
}

async function measureQuestion(
  context: BenchContext,
  client: pg.Client,
  duck: DuckDBConnection,
  { name, totals, raw }: AnalyticsQuestion,
  rows: number,
): Promise<BenchResult[]> {
  const samples = await interleave(
    {
      totals: () => timed(() => client.query(totals)),
      scan: async () => {
        await client.query('set enable_presorted_aggregate = off')
        const ms = await timed(() => client.query(raw))
        await client.query('reset enable_presorted_aggregate')
        return ms
      },
      duckdb: () => timed(() => duck.runAndReadAll(raw)),
    },
    context.rounds,
  )
  const faster = ratio(samples.scan, samples.totals).median
  return [
    {
      what: `${name}, totals`,
      unit: 'ms',
      value: spread(samples.totals),
      ratios: [
        { to: 'scan', value: ratio(samples.totals, samples.scan) },
        { to: 'DuckDB', value: ratio(samples.totals, samples.duckdb) },
      ],
      target: { text: 'at most 20 ms', met: spread(samples.totals).median <= 20 },
      remark: `${Math.round(faster)} × as fast as the scan, at ${rows.toLocaleString('en-US')} events`,
    },
    { what: `${name}, scan`, unit: 'ms', value: spread(samples.scan) },
    { what: `${name}, DuckDB`, unit: 'ms', value: spread(samples.duckdb) },
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
