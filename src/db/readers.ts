import pg from 'pg'
import { openClient } from './session.ts'

/** A login for somebody else's queries, such as Grafana's. */
export interface Reader {
  role: string
  password: string
}

/** Enough for dashboards, and little enough for the bot not to notice a query that never ends. */
const limits = {
  default_transaction_read_only: 'on',
  statement_timeout: '15s',
  idle_in_transaction_session_timeout: '60s',
}

/**
 * Makes each role, or brings its password up to date: it may log in and read the schema `analytics`, where no person's id
 * or name is, and nothing else. Run it after the migrations. Returns those that the user of
 * `url` may not make.
 */
export async function createReaders<R extends Reader>(url: string, readers: readonly R[]): Promise<R[]> {
  if (readers.length === 0) return []
  const client = await openClient(url, 'readers')
  try {
    const refused: R[] = []
    for (const reader of readers) if (!(await createReader(client, reader))) refused.push(reader)
    return refused
  } finally {
    await client.end()
  }
}

async function createReader(client: pg.Client, { role, password }: Reader): Promise<boolean> {
  const name = client.escapeIdentifier(role)
  const database = client.escapeIdentifier(client.database ?? '')
  try {
    await client.query('begin')
    // two bots may start at once
    await client.query("select pg_advisory_xact_lock(hashtext('create_readers'))")
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
    if (rowCount === 0) await client.query(`create role ${name} login`)
    await client.query(`alter role ${name} password ${client.escapeLiteral(password)} connection limit 10`)
    for (const [setting, value] of Object.entries(limits))
      await client.query(`alter role ${name} set ${setting} = '${value}'`)
    // so that a query which names daily_stats or user_events, as the plan's do, finds what a reader may read of them
    await client.query(`alter role ${name} set search_path = analytics, public`)
    await client.query(`grant connect on database ${database} to ${name}`)
    await client.query(`grant usage on schema analytics to ${name}`)
    await client.query(`grant select on all tables in schema analytics to ${name}`)
    await client.query('commit')
    return true
  } catch (err) {
    await client.query('rollback')
    if (err instanceof pg.DatabaseError && err.code === '42501') return false
    throw err
  }
}
