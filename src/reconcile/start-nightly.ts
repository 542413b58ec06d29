import type { Db } from '../db/db.ts'
import { sleep } from '../process/sleep.ts'
import type { Teardown } from '../process/teardown.ts'
import { createDaySources, type DaySourceSettings } from './day-sources.ts'
import { createNightlyReconciliation, type NightlyDeps } from './nightly.ts'
import type { QueryMetrics } from './query-client.ts'
import { createReconciler } from './reconcile.ts'
import { createReconcileStore } from './reconcile-store.ts'

export interface StartNightlyDeps extends Pick<NightlyDeps, 'register' | 'log' | 'now' | 'notify'> {
  db: Db
  metrics: QueryMetrics
  settings: DaySourceSettings & { timeZone: string }
  /** Brings the totals up to date with the events. */
  refresh: () => Promise<unknown>
  teardown: Teardown
}

/** Starts the nightly reconciliation, if Loki or Prometheus can be asked. */
export function startNightlyReconciliation({
  db,
  settings,
  metrics,
  refresh,
  teardown,
  ...deps
}: StartNightlyDeps): void {
  const { now } = deps
  const { timeZone } = settings
  const stopReading = new AbortController()
  const sources = createDaySources({ settings, metrics, sleep, now, stop: stopReading.signal })
  const store = createReconcileStore(db, timeZone)
  const reconciler = createReconciler({ store, refresh, now, ...sources })
  const reconciliation = createNightlyReconciliation({ ...deps, store, timeZone, reconciler })
  if (typeof sources.loki === 'string' && typeof sources.prometheus === 'string') return
  reconciliation.start()
  teardown.add(() => {
    stopReading.abort()
    return reconciliation.stop()
  })
}
