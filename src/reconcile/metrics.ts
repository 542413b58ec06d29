import { Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { sources } from './compare.ts'
import { dayNumbers } from './day-reading.ts'
import type { ReconcileStore } from './reconcile-store.ts'

/** Result of the last reconciliation, by whichever process. */
export function createReconciliationMetrics(register: MetricRegistry) {
  const registers = [register]
  const difference = new Gauge({
    name: 'bot_reconciliation_difference',
    help: 'Value in Loki or Prometheus minus that in PostgreSQL on the last day checked, by number; 0 also if the source is not configured',
    labelNames: ['number', 'source'],
    registers,
  })
  const lastRun = new Gauge({
    name: 'bot_reconciliation_last_run_timestamp_seconds',
    help: 'When a day was last reconciled; 0 for never',
    registers,
  })
  const zero = () => {
    for (const number of dayNumbers) for (const source of sources) difference.set({ number, source }, 0)
  }
  zero()
  return {
    show({ checkedAt, rows }: Awaited<ReturnType<ReconcileStore['latest']>>) {
      zero()
      for (const number of dayNumbers) {
        const row = rows.find(found => found.number === number)
        for (const source of row === undefined ? [] : sources)
          difference.set({ number, source }, (row?.[source] ?? row?.postgres ?? 0) - (row?.postgres ?? 0))
      }
      lastRun.set(checkedAt.getTime() / 1000)
    },
  }
}
