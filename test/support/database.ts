import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'
import { createDb, type Db } from '../../src/db/db.ts'
import { createRegistry, type MetricRegistry } from '../../src/telemetry/registry.ts'

export interface TestDatabase {
  url: string
  db: Db
  /** Holds the metrics of `db`. */
  register: MetricRegistry
  /** Plain SQL for arranging and asserting. */
  sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>
}

/** A migrated database of one's own with partitions around `at`, dropped when the test ends. */
export async function createTestDatabase(at = new Date()): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl'))
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = new URL(template)
  admin.pathname = '/postgres'
  await execute(admin.href, `create database ${name} template ${template.pathname.slice(1)}`)

  const url = new URL(template)
  url.pathname = `/${name}`
  const register = createRegistry({ serviceName: 'test', env: 'test' })
  // a busy machine may need longer for a statement than the bot allows it
  const db = createDb({ url: url.href, register, timeoutMs: 60_000 })
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  pool.on('error', () => undefined)
  await pool.query(
    `select ensure_event_partitions($1::timestamptz - interval '2 months', $1::timestamptz + interval '2 months')`,
    [at],
  )
  onTestFinished(async () => {
    await Promise.all([db.close(), pool.end()])
    await execute(admin.href, `drop database ${name} with (force)`)
  })
  return {
    url: url.href,
    db,
    register,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** A database as a hosting gives it: empty, owned by a role that is no superuser and logs in with a password. */
export interface OwnedDatabase extends Pick<TestDatabase, 'sql'> {
  /** As its owner: for the bot. `sql` is a superuser's. */
  url: string
  setPassword(password: string): Promise<void>
  restorePassword(): Promise<void>
  /** Ends every connection of the owner. */
  disconnectOwner(): Promise<void>
}

export async function createOwnedDatabase(): Promise<OwnedDatabase> {
  const admin = new URL(inject('templateUrl'))
  admin.pathname = '/postgres'
  const name = `owned_${randomUUID().replaceAll('-', '')}`
  await execute(admin.href, `create role ${name} login password 'first'`)
  await execute(admin.href, `create database ${name} owner ${name}`)
  const own = new URL(admin)
  own.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: own.href, max: 2 })
  pool.on('error', () => undefined)
  onTestFinished(async () => {
    await pool.end()
    await execute(admin.href, `drop database ${name} with (force)`)
    await execute(admin.href, `drop role ${name}`)
  })
  const url = new URL(own)
  url.username = name
  url.password = 'first'
  const setPassword = (password: string) => execute(admin.href, `alter role ${name} password '${password}'`)
  return {
    url: url.href,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await pool.query<Row>(text, values)).rows,
    setPassword,
    restorePassword: () => setPassword('first'),
    disconnectOwner: () =>
      execute(admin.href, `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}'`),
  }
}
