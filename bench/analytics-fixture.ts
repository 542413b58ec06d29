import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { createCalendar } from '../src/analytics/demo/calendar.ts'
import { loadHistory } from '../src/analytics/demo/load-history.ts'
import { addDays } from '../src/analytics/period.ts'
import { timeZone, until } from './analytics-questions.ts'
import type { BenchContext } from './bench.ts'

/** Days of the history. */
export const days = 365
/** Events that the generator makes for one user in that time, on average. */
const eventsPerUser = 51

/** Loads a year of synthetic history into PostgreSQL, with its totals. */
export async function openHistory(context: BenchContext, events: number): Promise<{ client: pg.Client; rows: number }> {
  const { url } = await context.database()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  context.onEnd(() => client.end())
  await client.query(`set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '1GB';
    set random_page_cost = 1.1`)
  const calendar = createCalendar({ from: addDays(until, 1 - days), to: until }, timeZone)
  const users = Math.max(1, Math.round(events / eventsPerUser))
  let rows = 0
  const begun = performance.now()
  await loadHistory(client, {
    ...{ users, seed: 1, cartLimit: 5, surveyBonus: 5, calendar },
    onLife: life => {
      rows += life.events.length
    },
  })
  context.note(`${rows} events of ${users} users loaded and counted in ${seconds(begun)} s`)
  await client.query('vacuum analyze')
  return { client, rows }
}

/** Adds what a scan of the raw rows needs: an index, the rows as columns, and the first /start of each user. */
export async function prepareScans(client: pg.Client): Promise<void> {
  await client.query('create index on user_events (event_type, created_at, user_id)')
  await client.query(`
    create view raw_events as
    select user_id, event_type, created_at, local_day(created_at, '${timeZone}') as day,
      case when event_type = 'cart_created' then (metadata ->> 'total_sum')::numeric end as total_sum,
      metadata ->> 'affiliate_tag' as affiliate_tag,
      (metadata ->> 'cart_number')::integer as cart_number, (metadata ->> 'revision')::integer as revision,
      metadata ->> 'query' as query, (metadata ->> 'had_results')::boolean as had_results
    from user_events`)
  await client.query(`
    create table started_users as
    select user_id, started_at, first_start_day(u, '${timeZone}') as start_day, source from users u
    where started_at is not null`)
  await client.query('create index on started_users (start_day) include (user_id, source)')
  await client.query('create index on started_users (user_id) include (start_day, source)')
  await client.query('vacuum analyze')
}

/** The same rows, and one a user and day, in DuckDB, in memory, on as many threads as PostgreSQL has workers. */
export async function openDuckDb(context: BenchContext, client: pg.Client): Promise<DuckDBConnection> {
  const { rows } = await client.query<{ data_directory: string }>('show data_directory')
  const file = (name: string) => join(rows[0]?.data_directory ?? '', name)
  const duck = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  context.onEnd(() => duck.closeSync())
  await duck.run(`set timezone = '${timeZone}'`)
  const events = `'user_id': 'bigint', 'event_type': 'varchar', 'created_at': 'timestamptz', 'day': 'date',
    'total_sum': 'double', 'affiliate_tag': 'varchar', 'cart_number': 'integer', 'revision': 'integer', 'query': 'varchar', 'had_results': 'boolean'`
  const startedUsers = `'user_id': 'bigint', 'started_at': 'timestamptz', 'start_day': 'date', 'source': 'varchar'`
  const userDays = `'user_id': 'bigint', 'day': 'date', 'events': 'integer', 'sessions': 'integer', 'carts': 'integer', 'gmv': 'double',
    'searches': 'integer', 'errors': 'integer'`
  for (const [table, columns] of Object.entries({
    raw_events: events,
    started_users: startedUsers,
    user_days: userDays,
  })) {
    const names = [...columns.matchAll(/'(\w+)':/g)].map(([, name]) => name)
    await client.query(
      `copy (select ${names.join(', ')} from ${table}) to '${file(`${table}.csv`)}' with (format csv, header)`,
    )
    await duck.run(`create table ${table} as select * from read_csv('${file(`${table}.csv`)}', columns = {${columns}})`)
    await rm(file(`${table}.csv`))
  }
  return duck
}

const seconds = (begun: number): string => ((performance.now() - begun) / 1000).toFixed(1)
