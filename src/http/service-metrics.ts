import { Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Problem } from './readiness.ts'

export interface ServiceMetricsOptions {
  register: MetricRegistry
  version: string
  /** Names of the readiness checks. */
  checks: readonly string[]
  /** Runs the checks. */
  problems: () => Promise<Problem[]>
}

/** Metrics of the version and of readiness. The checks run at each scrape, so that an idle bot notices a lost database too. */
export function createServiceMetrics({ register, version, checks, problems }: ServiceMetricsOptions): void {
  new Gauge({
    name: 'bot_build_info',
    help: 'Always 1; the label says which version runs',
    labelNames: ['version'],
    registers: [register],
  }).set({ version }, 1)
  new Gauge({
    name: 'bot_ready',
    help: '1 while this readiness check passes, 0 while it fails',
    labelNames: ['check'],
    registers: [register],
    async collect() {
      const failing = (await problems()).map(({ name }) => name)
      for (const check of checks) this.set({ check }, failing.includes(check) ? 0 : 1)
    },
  })
}
