import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'

export interface AggregatorMetrics {
  /** Records a successful run of the aggregator. */
  ran(): void
  failed(): void
}

/** Freshness of the totals. `waiting` returns the number of days of users that have yet to be counted. */
export function createAggregatorMetrics(
  register: MetricRegistry,
  now: () => Date,
  waiting: () => number,
): AggregatorMetrics {
  const registers = [register]
  let upToDateAt = now().getTime()
  new Gauge({
    name: 'bot_aggregator_age_seconds',
    help: 'Time since the totals were last brought up to date with the events, by this process',
    registers,
    collect() {
      this.set(Math.max(0, (now().getTime() - upToDateAt) / 1000))
    },
  })
  new Gauge({
    name: 'bot_aggregator_waiting',
    help: 'Days of users whose totals the aggregator has yet to bring up to date, as of its last run',
    registers,
    collect() {
      this.set(waiting())
    },
  })
  const runs = new Counter({
    name: 'bot_aggregator_runs_total',
    help: 'Runs of the aggregator, by how they ended',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['ok', 'failed']) runs.inc({ outcome }, 0)
  return {
    ran() {
      upToDateAt = now().getTime()
      runs.inc({ outcome: 'ok' })
    },
    failed: () => runs.inc({ outcome: 'failed' }),
  }
}
