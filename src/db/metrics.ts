import type pg from 'pg'
import { Counter, Gauge } from 'prom-client'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { queryNames } from './query-names.ts'

/** What the database costs us: durations and failures by query name, the pool's connections by state. */
export const createDbMetrics = (
  register: MetricRegistry,
  pool: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>,
) => {
  const registers = [register]
  const duration = createDurationHistogram(register, {
    name: 'bot_db_query_duration_seconds',
    help: 'Time of a database query, waiting for a connection included, by query name',
    labelNames: ['query'] as const,
    buckets: [0.005, 0.05, 0.25, 1, 5],
  })
  const failures = new Counter({
    name: 'bot_db_query_failures_total',
    help: 'Database queries that failed, by query name',
    labelNames: ['query'] as const,
    registers,
  })
  for (const query of queryNames) {
    duration.zero({ query })
    failures.inc({ query }, 0)
  }
  new Gauge({
    name: 'bot_db_pool_connections',
    help: 'Connections of the pool by state; waiting = callers without a connection',
    labelNames: ['state'] as const,
    registers,
    collect() {
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'waiting' }, pool.waitingCount)
    },
  })
  const connectionErrors = new Counter({
    name: 'bot_db_connection_errors_total',
    help: 'Connections that broke, idle or in use',
    registers,
  })
  return { duration, failures, connectionErrors }
}
