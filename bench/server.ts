import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../src/db/embedded-postgres.ts'
import { migrate } from '../src/db/migrate.ts'
import type { BenchDatabase } from './bench.ts'

/** Room for a year of history in the cache, and no checkpoint in the middle of a short run. */
const serverSettings = { max_connections: '300', shared_buffers: '1GB', max_wal_size: '8GB' }

export interface BenchServer {
  createDatabase(): Promise<BenchDatabase & { drop(): Promise<void> }>
  /** Undefined when no database was asked for. */
  version(): Promise<string | undefined>
  stop(): Promise<void>
}

/** A PostgreSQL of our own, started with the first database asked for; fsync and synchronous_commit as PostgreSQL has them. */
export function createBenchServer(): BenchServer {
  let opened: Promise<{ server: EmbeddedPostgres; dir: string }> | undefined
  const open = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bench-postgres-'))
    const server = await openEmbeddedPostgres(dir, {
      database: 'template_migrated',
      settings: serverSettings,
    })
    await migrate(server.url)
    // it would outlive a run that is broken off
    const breakOff = () => void server.stop().finally(() => process.exit(130))
    process.once('SIGINT', breakOff)
    process.once('SIGTERM', breakOff)
    return { server, dir }
  }
  const admin = async (statement: string) => {
    opened ??= open()
    const { server } = await opened
    const url = new URL(server.url)
    url.pathname = '/postgres'
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    try {
      return { rows: (await client.query<Record<string, string>>(statement)).rows, url }
    } finally {
      await client.end()
    }
  }
  return {
    createDatabase: async () => {
      const name = `bench_${randomUUID().replaceAll('-', '')}`
      const { url } = await admin(`create database ${name} template template_migrated`)
      url.pathname = `/${name}`
      const pool = new pg.Pool({ connectionString: url.href, max: 2 })
      pool.on('error', () => undefined)
      const now = new Date()
      await pool.query(
        `select ensure_event_partitions($1::timestamptz - interval '2 months', $1::timestamptz + interval '2 months')`,
        [now],
      )
      return {
        url: url.href,
        sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
          (await pool.query<Row>(text, values)).rows,
        drop: async () => {
          await pool.end()
          await admin(`drop database ${name} with (force)`)
        },
      }
    },
    version: async () =>
      opened === undefined ? undefined : (await admin('show server_version')).rows[0]?.server_version,
    stop: async () => {
      if (opened === undefined) return
      const { server, dir } = await opened
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
