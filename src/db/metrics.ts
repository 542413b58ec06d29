import type pg from 'pg'
import { Counter, Gauge } from 'prom-client'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { queryNames } from './query-names.ts'

/** What the database costs us: durations and failures by query name, the pool's connections by state. */
export function createDbMetrics(register: MetricRegistry) {
  const registers = [register]
  const pools: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>[] = []
  const sum = (key: 'totalCount' | 'idleCount' | 'waitingCount') => pools.reduce((n, pool) => n + pool[key], 0)
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
      this.set({ state: 'busy' }, sum('totalCount') - sum('idleCount'))
      this.set({ state: 'idle' }, sum('idleCount'))
      this.set({ state: 'waiting' }, sum('waitingCount'))
    },
  })
  const connectionErrors = new Counter({
    name: 'bot_db_connection_errors_total',
    help: 'Connections that broke, idle or in use',
    registers,
  })
  return { duration, failures, connectionErrors, watch: (pool: pg.Pool) => void pools.push(pool) }
}

export type DbMetrics = ReturnType<typeof createDbMetrics>

/** How the standby of DATABASE_READ_URL does; without one all stay 0. */
export function createStandbyMetrics(register: MetricRegistry) {
  const registers = [register]
  return {
    lag: new Gauge({
      name: 'bot_db_standby_lag_seconds',
      help: 'How far the standby was behind the primary when it was asked last; infinite when that is not known',
      registers,
    }),
    fallbacks: new Counter({
      name: 'bot_db_standby_fallbacks_total',
      help: 'Reads that the primary answered because the standby was down or too far behind',
      registers,
    }),
    conflicts: new Counter({
      name: 'bot_db_standby_conflicts_total',
      help: 'Reads that the standby cancelled in favour of what it replays, and that were tried again',
      registers,
    }),
  }
}

export type StandbyMetrics = ReturnType<typeof createStandbyMetrics>
