import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'

export interface AggregatorMetrics {
  /** The aggregator has brought the totals up to date with the events. */
  ran(): void
  failed(): void
}

/** How fresh the totals are. `waiting` says how many days of how many people have yet to be added. */
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
    help: 'Days of people whose totals the aggregator has yet to bring up to date, as it last saw them',
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
