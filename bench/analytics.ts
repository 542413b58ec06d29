import type { DuckDBConnection } from '@duckdb/node-api'
import type pg from 'pg'
import { days, openDuckDb, openHistory } from './analytics-lab.ts'
import { type Question, questions, timeZone, until } from './analytics-questions.ts'
import { measureWrites } from './analytics-writes.ts'
import type { Bench, BenchContext, Result } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'

/** Other sizes than those of the scales, such as 36000000 (about an hour): BENCH_EVENTS. */
const givenEvents = Number(process.env.BENCH_EVENTS ?? 0)

export const analyticsBench: Bench = {
  name: 'analytics',
  question: 'What does the database spend on a number of the chat, and what do the totals cost the write path?',
  against:
    'a scan of user_events with an index on (event_type, created_at, user_id), and DuckDB on the same rows in memory; for writes the same batches without totals; for an old month DELETE and VACUUM',
  settings: [
    `A year of invented people (${days} days); 360,000 events, with --long 3,600,000, or as many as BENCH_EVENTS says.`,
    'Warm; work_mem 256 MB, random_page_cost 1.1, enable_presorted_aggregate off for the scan, which doubles its speed.',
    'DuckDB has two threads and its rows as plain columns, without JSON.',
    'Rows lie in the order in which people were invented, so a scan by time jumps in the table more than in a living one.',
  ],
  run,
}

async function run(context: BenchContext): Promise<Result[]> {
  const wanted = context.at({ quick: 5_000, normal: 360_000, long: 3_600_000 })
  const { client, rows } = await openHistory(context, givenEvents > 0 ? givenEvents : wanted)
  context.size(`${rows.toLocaleString('en-US')} events`)
  const duck = await openDuckDb(context, client)
  const results: Result[] = []
  for (const question of questions) results.push(...(await measureQuestion(context, client, duck, question, rows)))
  return [...results, ...(await measureOldMonth(client)), ...(await measureWrites(context))]
}

async function measureQuestion(
  context: BenchContext,
  client: pg.Client,
  duck: DuckDBConnection,
  { name, totals, raw }: Question,
  rows: number,
): Promise<Result[]> {
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
      wanted: { text: 'at most 20 ms', met: spread(samples.totals).median <= 20 },
      remark: `${Math.round(faster)} × as fast as the scan, at ${rows.toLocaleString('en-US')} events`,
    },
    { what: `${name}, scan`, unit: 'ms', value: spread(samples.scan) },
    { what: `${name}, DuckDB`, unit: 'ms', value: spread(samples.duckdb) },
  ]
}

/** The third month deleted row by row, the fourth dropped. */
async function measureOldMonth(client: pg.Client): Promise<Result[]> {
  const { rows } = await client.query<{ name: string }>('select name from event_months_before($1)', [until])
  const [deleted, dropped] = [rows[2]?.name ?? '', rows[3]?.name ?? '']
  const count = await client.query<{ n: string }>(`select count(*) as n from ${deleted}`)
  const slow = await timed(async () => {
    await client.query(`delete from ${deleted}`)
    await client.query(`vacuum ${deleted}`)
  })
  const quick = await timed(() => client.query('select drop_event_month($1, $2)', [dropped, timeZone]))
  return [
    {
      what: 'an old month dropped',
      unit: 'ms',
      value: spread([quick]),
      ratios: [{ to: 'DELETE and VACUUM', value: ratio([quick], [slow]) }],
      remark: 'with the texts that leave with it; once, not in rounds',
    },
    { what: `an old month deleted, ${count.rows[0]?.n} rows`, unit: 'ms', value: spread([slow]) },
  ]
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
