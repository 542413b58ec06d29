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
  const db = createDb({ url: url.href, register })
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
