import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { createCalendar } from '../src/analytics/demo/calendar.ts'
import { loadHistory } from '../src/analytics/demo/load-history.ts'
import { addDays, lastWeeks, type Period, parsePeriod } from '../src/analytics/period.ts'
import {
  type RawPeriod,
  rawCohorts,
  rawFunnel,
  rawRetention,
  rawSearches,
  rawSources,
  rawSummary,
} from '../src/analytics/testing/raw-sql.ts'
import { openEmbeddedPostgres } from '../src/db/embedded-postgres.ts'
import { migrate } from '../src/db/migrate.ts'

/*
 * What reading costs: our totals, a scan of the raw rows with good indexes, and DuckDB on the same rows, interleaved in one
 * run. npm run bench -- analytics [--events N] [--rounds R] [--keep DIR] [--json]
 */

const timeZone = 'Europe/Moscow'
const until = '2026-06-30'
const days = 365
/** Of the generator, over a year. */
const eventsPerUser = 51

const settings = {
  fsync: 'off',
  shared_buffers: '2GB',
  work_mem: '256MB',
  maintenance_work_mem: '1GB',
  max_wal_size: '16GB',
  max_parallel_workers_per_gather: '2',
  random_page_cost: '1.1',
}

interface Question {
  name: string
  ours: string
  naive: string
}

const moment = (day: string) => `${day} 00:00:00+03`
const raw = (period: Period): RawPeriod => ({
  ...{ period, from: moment(period.from), to: moment(addDays(period.to, 1)), today: addDays(until, 1) },
})
const month = parsePeriod('month', until)
const quarter = parsePeriod('90d', until)
const weeks = lastWeeks(12, until)
const args = ({ from, to }: Period) => `'${from}', '${to}'`
const questions: Question[] = [
  {
    name: 'summary, month',
    ours: `select * from analytics.summary(${args(month)}, '${addDays(until, 1)}')`,
    naive: rawSummary(raw(month)),
  },
  {
    name: 'summary, 90 days',
    ours: `select * from analytics.summary(${args(quarter)}, '${addDays(until, 1)}')`,
    naive: rawSummary(raw(quarter)),
  },
  { name: 'funnel, month', ours: `select * from analytics.funnel(${args(month)})`, naive: rawFunnel(raw(month), null) },
  {
    name: 'funnel, 90 days',
    ours: `select * from analytics.funnel(${args(quarter)})`,
    naive: rawFunnel(raw(quarter), null),
  },
  {
    name: 'funnel of habr, 90 days',
    ours: `select * from analytics.funnel(${args(quarter)}, 'habr')`,
    naive: rawFunnel(raw(quarter), 'habr'),
  },
  { name: 'sources, month', ours: `select * from analytics.sources(${args(month)})`, naive: rawSources(raw(month)) },
  {
    name: 'retention, month',
    ours: `select * from analytics.retention(${args(month)}, '${addDays(until, 1)}')`,
    naive: rawRetention(raw(month)),
  },
  { name: 'cohorts, 12 weeks', ours: `select * from analytics.cohorts(${args(weeks)})`, naive: rawCohorts(raw(weeks)) },
  { name: 'days, month', ours: `select * from analytics.days(${args(month)})`, naive: dailyRaw(raw(month)) },
  {
    name: 'searches, month',
    ours: `select * from analytics.searches(${args(month)}) limit 10`,
    naive: `${rawSearches(raw(month))} limit 10`,
  },
]

function dailyRaw({ from, to }: RawPeriod): string {
  return `select day, count(distinct case when event_type = 'session_start' then user_id end) as dau,
    sum(case when event_type = 'cart_created' then 1 else 0 end) as carts, sum(total_sum) as gmv,
    sum(case when event_type = 'product_search' then 1 else 0 end) as searches,
    sum(case when event_type = 'bot_error' then 1 else 0 end) as errors
  from raw_events where created_at >= timestamptz '${from}' and created_at < timestamptz '${to}' group by day order by day`
}

async function prepare(client: pg.Client, users: number): Promise<number> {
  await client.query('set synchronous_commit = off')
  const calendar = createCalendar({ from: addDays(until, 1 - days), to: until }, timeZone)
  let events = 0
  const note = (what: string, since: number) => console.error(`${what}: ${((Date.now() - since) / 1000).toFixed(1)} s`)
  let since = Date.now()
  await loadHistory(client, {
    ...{ users, seed: 1, cartLimit: 5, surveyBonus: 5, calendar },
    onLife: life => {
      events += life.events.length
    },
  })
  note(`${events} events of ${users} people loaded and counted`, since)
  since = Date.now()
  await client.query('create index on user_events (event_type, created_at, user_id)')
  await client.query('create index on users (started_at) include (user_id, source)')
  await client.query(`create view raw_events as
    select user_id, event_type, created_at, local_day(created_at, '${timeZone}') as day,
      case when event_type = 'cart_created' then (metadata ->> 'total_sum')::numeric end as total_sum,
      metadata ->> 'query' as query, (metadata ->> 'had_results')::boolean as had_results
    from user_events`)
  await client.query(`create table people as
    select user_id, started_at, local_day(started_at, '${timeZone}') as start_day, source from users where started_at is not null`)
  await client.query('create index on people (start_day) include (user_id, source)')
  await client.query('create index on people (user_id) include (start_day, source)')
  await client.query('vacuum analyze')
  note('indexes for the naive way', since)
  return events
}

async function prepareDuckDb(client: pg.Client, dir: string): Promise<DuckDBConnection> {
  const since = Date.now()
  await client.query(`copy (select user_id, event_type, created_at, day, total_sum, query, had_results from raw_events)
    to '${join(dir, 'events.csv')}' with (format csv, header)`)
  await client.query(`copy people to '${join(dir, 'people.csv')}' with (format csv, header)`)
  const duck = await (
    await DuckDBInstance.create(':memory:', { threads: String(Math.min(2, cpus().length)) })
  ).connect()
  await duck.run(`set timezone = '${timeZone}'`)
  await duck.run(`create table raw_events as select * from read_csv('${join(dir, 'events.csv')}', columns = {
    'user_id': 'bigint', 'event_type': 'varchar', 'created_at': 'timestamptz', 'day': 'date', 'total_sum': 'double',
    'query': 'varchar', 'had_results': 'boolean'})`)
  await duck.run(`create table people as select * from read_csv('${join(dir, 'people.csv')}', columns = {
    'user_id': 'bigint', 'started_at': 'timestamptz', 'start_day': 'date', 'source': 'varchar'})`)
  await rm(join(dir, 'events.csv'))
  console.error(`DuckDB loaded: ${((Date.now() - since) / 1000).toFixed(1)} s`)
  return duck
}

const median = (times: number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}

async function measure(client: pg.Client, duck: DuckDBConnection, rounds: number) {
  const results = []
  for (const { name, ours, naive } of questions) {
    const times: Record<'ours' | 'naive' | 'duckdb', number[]> = { ours: [], naive: [], duckdb: [] }
    for (let round = 0; round <= rounds; round++) {
      const first = round === 0 // fills the caches
      const oursMs = await timed(() => client.query(ours))
      await client.query('set enable_presorted_aggregate = off')
      const naiveMs = await timed(() => client.query(naive))
      await client.query('reset enable_presorted_aggregate')
      const duckMs = await timed(() => duck.runAndReadAll(naive))
      if (first) continue
      times.ours.push(oursMs)
      times.naive.push(naiveMs)
      times.duckdb.push(duckMs)
    }
    const [o, n, d] = [median(times.ours), median(times.naive), median(times.duckdb)]
    results.push({ name, ours_ms: o, naive_ms: n, duckdb_ms: d, naive_to_ours: n / o, duckdb_to_ours: d / o })
  }
  return results
}

/** The oldest month: its table dropped, against a DELETE of the next one. */
async function measureOldMonths(client: pg.Client) {
  const { rows } = await client.query<{ name: string }>(`select name from event_months_before($1)`, [moment(until)])
  const [deleted, dropped] = [rows[1]?.name ?? '', rows[2]?.name ?? '']
  const count = await client.query<{ n: string }>(`select count(*) as n from ${deleted}`)
  const delete_ms = await timed(async () => {
    await client.query(`delete from ${deleted}`)
    await client.query(`vacuum ${deleted}`)
  })
  const drop_ms = await timed(() => client.query('select drop_event_month($1, $2)', [dropped, timeZone]))
  return { rows_deleted: Number(count.rows[0]?.n), delete_ms, drop_ms, ratio: delete_ms / drop_ms }
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter(word => word !== 'analytics'),
  options: {
    events: { type: 'string', default: '360000' },
    rounds: { type: 'string', default: '7' },
    keep: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const dir = values.keep ?? (await mkdtemp(join(tmpdir(), 'bench-analytics-')))
const server = await openEmbeddedPostgres(dir, { database: 'bench', settings })
const client = new pg.Client({ connectionString: server.url })
try {
  await migrate(server.url)
  await client.connect()
  const events = await prepare(client, Math.round(Number(values.events) / eventsPerUser))
  const duck = await prepareDuckDb(client, join(dir, 'postgres', 'cluster'))
  const reads = await measure(client, duck, Number(values.rounds))
  const sizes = await client.query(`select
    (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'user_events'::regclass)::float8 as raw_bytes,
    (select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'analytics' and c.relkind = 'r')::float8 as totals_bytes,
    (pg_total_relation_size('user_days') + pg_total_relation_size('user_chains'))::float8 as people_bytes`)
  const old_month = await measureOldMonths(client)
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
  const result = {
    events,
    days,
    until,
    machine,
    postgres: settings,
    rounds: Number(values.rounds),
    reads,
    old_month,
    sizes: sizes.rows[0],
  }
  if (values.json) console.log(JSON.stringify(result, null, 2))
  else {
    console.log(
      `${events} events over ${days} days; ${machine.cores} × ${machine.cpu}, ${machine.memory_gb} GB, Node ${machine.node}`,
    )
    console.log(`PostgreSQL settings: ${JSON.stringify(settings)}; medians of ${values.rounds} rounds, warm, ms`)
    console.table(
      Object.fromEntries(
        reads.map(({ name, ...r }) => [
          name,
          Object.fromEntries(Object.entries(r).map(([key, v]) => [key, Number(v.toPrecision(3))])),
        ]),
      ),
    )
    console.log('old month', old_month, 'bytes', sizes.rows[0])
  }
} finally {
  await client.end()
  await server.stop()
  if (values.keep === undefined) await rm(dir, { recursive: true, force: true })
}
