import pg from 'pg'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { databaseError } from './database-error.ts'
import { createDbMetrics, type DbMetrics } from './metrics.ts'
import type { QueryName } from './query-names.ts'
import { beginLimited, isPooled, prepareSession } from './session.ts'

/** Runs named statements on a pool. Every failure is an AppError of upstream `postgres`. */
export interface Db {
  query<Row extends pg.QueryResultRow>(name: QueryName, sql: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface DbOptions {
  url: string
  register: MetricRegistry
  /** Those of another connection of the process, which counts the same. */
  metrics?: DbMetrics
  /** Connections kept at most. */
  poolSize?: number
  /** The server ends a statement after this long; a server that does not answer is given up a moment later. */
  timeoutMs?: number
}

// bigint ids and counts fit into 53 bits; dates stay the text PostgreSQL sent, so that no time zone of the host moves them
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)
types.setTypeParser(pg.types.builtins.NUMERIC, Number)
types.setTypeParser(pg.types.builtins.DATE, value => value)

/**
 * Statements that come often and are short: prepared, PostgreSQL reads each once a connection. For an event stored alone that
 * is a fifth of its work.
 */
const prepared: ReadonlySet<QueryName> = new Set<QueryName>(['record_facts', 'record_events'])

/** So that of the two limits the server's, which leaves nothing running there, comes first. */
const clientGraceMs = 250

export function createDb(options: DbOptions): Db {
  const { url, register, poolSize = 10, timeoutMs = 5_000, metrics = createDbMetrics(register) } = options
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: poolSize,
    connectionTimeoutMillis: Math.min(3_000, timeoutMs),
    query_timeout: timeoutMs + clientGraceMs,
    idleTimeoutMillis: 30_000,
    application_name: 'vkusvill-bot',
    keepAlive: true,
    // in use or idle: the pool replaces a broken connection, and unheard its error would end the process
    onConnect: client => prepareSession(client, timeoutMs, () => metrics.connectionErrors.inc()),
  })
  metrics.watch(pool)
  pool.on('error', () => undefined) // counted above

  const timed = async <T>(name: QueryName, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    try {
      return await work()
    } catch (err) {
      metrics.failures.inc({ query: name })
      throw databaseError(err, timeoutMs)
    } finally {
      metrics.duration.observe({ query: name }, (performance.now() - startedAt) / 1000)
    }
  }
  const run = async <Row extends pg.QueryResultRow>(
    name: QueryName,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> => {
    const client = await pool.connect()
    let failure: Error | undefined
    try {
      if (!isPooled(client)) {
        const statement = { text: sql, values: [...values], ...(prepared.has(name) ? { name } : {}) }
        return (await client.query<Row>(statement)).rows
      }
      await beginLimited(client, timeoutMs)
      const { rows } = await client.query<Row>(sql, [...values])
      await client.query('commit')
      return rows
    } catch (err) {
      failure = err instanceof Error ? err : new Error('query failed')
      throw err
    } finally {
      client.release(failure) // one that failed is closed, and with it its transaction
    }
  }

  return {
    query: <Row extends pg.QueryResultRow>(name: QueryName, sql: string, values: readonly unknown[] = []) =>
      timed(name, () => run<Row>(name, sql, values)),
    close: () => pool.end(),
  }
}
