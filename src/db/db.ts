import pg from 'pg'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { databaseError } from './database-error.ts'
import { createDbMetrics } from './metrics.ts'
import type { QueryName } from './query-names.ts'

/** Runs named statements on a pool. Every failure is an AppError of upstream `postgres`. */
export interface Db {
  query<Row extends pg.QueryResultRow>(name: QueryName, sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Runs `work` on one connection inside a transaction; rolled back when it throws. */
  transaction<T>(work: (query: Db['query']) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface DbOptions {
  url: string
  register: MetricRegistry
  /** Connections kept at most. */
  poolSize?: number
  /** A statement is given up after this long, on both sides. */
  timeoutMs?: number
}

// bigint ids and counts fit into 53 bits; dates stay the text PostgreSQL sent, so that no time zone of the host moves them
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)
types.setTypeParser(pg.types.builtins.NUMERIC, Number)
types.setTypeParser(pg.types.builtins.DATE, value => value)

export function createDb({ url, register, poolSize = 10, timeoutMs = 5_000 }: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: poolSize,
    connectionTimeoutMillis: Math.min(3_000, timeoutMs),
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    idleTimeoutMillis: 30_000,
    application_name: 'vkusvill-bot',
    keepAlive: true,
  })
  const metrics = createDbMetrics(register, pool)
  // an idle connection that breaks is replaced by the pool on the next query; unheard, its error would end the process
  pool.on('error', () => metrics.idleErrors.inc())

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
  const run =
    (target: Pick<pg.Pool, 'query'>): Db['query'] =>
    <Row extends pg.QueryResultRow>(name: QueryName, sql: string, values: readonly unknown[] = []) =>
      timed(name, async () => (await target.query<Row>(sql, [...values])).rows)

  return {
    query: run(pool),
    transaction: async work => {
      const client = await pool.connect().catch(err => {
        throw databaseError(err, timeoutMs)
      })
      let failure: Error | undefined
      try {
        await client.query('begin')
        const result = await work(run(client))
        await client.query('commit')
        return result
      } catch (err) {
        failure = err instanceof Error ? err : new Error('transaction failed')
        await client.query('rollback').catch(() => metrics.idleErrors.inc())
        throw err
      } finally {
        client.release(failure)
      }
    },
    close: () => pool.end(),
  }
}
