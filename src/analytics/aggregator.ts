import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Analytics } from './analytics.ts'
import { createAggregatorMetrics } from './metrics.ts'

export interface AggregatorDeps {
  analytics: Pick<Analytics, 'refresh' | 'waiting'>
  log: Log
  register: MetricRegistry
  now: () => Date
  everyMs?: number
}

/**
 * Refreshes the totals every `everyMs`, for clients that only read them (Grafana, Metabase); `Analytics` refreshes them
 * before each answer. Safe to run in several replicas: one counts at a time, and nothing is counted twice.
 */
export function createAggregator({ analytics, log, register, now, everyMs = 10_000 }: AggregatorDeps) {
  let waiting = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let failing = false
  const metrics = createAggregatorMetrics(register, now, () => waiting)

  const count = async () => {
    try {
      waiting = await analytics.waiting()
      await analytics.refresh()
      waiting = 0
      metrics.ran()
      failing = false
    } catch (err) {
      metrics.failed()
      // logged once per outage: while PostgreSQL is down every run fails alike
      if (!failing) log.error('maintenance_failed', { task: 'aggregate', err })
      failing = true
    }
  }
  /** Starts a run, or joins the one in progress. Never rejects. */
  const run = (): Promise<void> => {
    running ??= count().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    run,
    /** Runs immediately, then at every interval. */
    start: (): void => {
      void run()
      timer = setInterval(() => void run(), everyMs)
      timer.unref()
    },
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await running
    },
  }
}
