import { addDays, localDay } from '../analytics/period.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { createReconciliationMetrics } from './metrics.ts'
import type { Reconciler } from './reconcile.ts'
import type { ReconcileStore } from './reconcile-store.ts'
import type { Reconciliation } from './reconciliation.ts'
import { reconciliationNotice } from './texts.ts'

export interface NightlyDeps {
  reconciler: Reconciler
  store: Pick<ReconcileStore, 'alone' | 'isChecked' | 'latest'>
  timeZone: string
  register: MetricRegistry
  log: Log
  now: () => Date
  /** Sends a message to the admins. */
  notify: (text: string) => Promise<unknown>
}

/** Time of the check in ANALYTICS_TZ: facts that waited on disk at midnight have arrived by then. */
const nightlyTime = '03:10'
const everyMs = 60_000
/** Pause after a source, or PostgreSQL, was unavailable. */
const pauseMs = 10 * 60_000
const triesForAnswers = 3

/**
 * Reconciles yesterday once a night, or later on the same day if the bot was down at that time. One replica does it, the
 * others publish its result.
 */
export function createNightlyReconciliation(deps: NightlyDeps) {
  const { reconciler, store, timeZone, register, log, now, notify } = deps
  const metrics = createReconciliationMetrics(register)
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let doneOn = ''
  let tries = 0
  let notBefore = 0

  /** Null if another process is doing or has done it, or if a source is to be queried again later. */
  const checkOnce = async (date: string): Promise<Reconciliation | null> => {
    let found: Reconciliation | null = null
    await store.alone(async () => {
      if (await store.isChecked(date, nightlyTime)) return
      const result = await reconciler.check(date)
      const isMissing = Object.values(result.sources).includes('unreachable')
      if (isMissing && ++tries < triesForAnswers) {
        notBefore = now().getTime() + pauseMs
        return
      }
      await reconciler.save(result)
      found = result
    })
    return found
  }

  const tick = async (): Promise<void> => {
    const at = now()
    const today = localDay(at, timeZone)
    if (doneOn === today || localTime(at, timeZone) < nightlyTime || at.getTime() < notBefore) return
    const date = addDays(today, -1)
    try {
      const found = await checkOnce(date)
      if (found !== null) {
        log.info('maintenance', { task: 'reconcile', detail: found.agrees ? 'numbers agree' : 'numbers differ' })
        if (!found.agrees) await notify(reconciliationNotice(found))
      }
      if (!(await store.isChecked(date, nightlyTime))) return
      metrics.show(await store.latest())
      doneOn = today
      tries = 0
    } catch (err) {
      notBefore = at.getTime() + pauseMs
      log.error('maintenance_failed', { task: 'reconcile', err })
    }
  }
  /** Checks if it is due, or joins the check in progress. Never rejects. */
  const run = (): Promise<void> => {
    running ??= tick().finally(() => {
      running = undefined
    })
    return running
  }
  const showLatest = async () => metrics.show(await store.latest())

  return {
    run,
    start: (): void => {
      showLatest().catch(err => log.error('maintenance_failed', { task: 'reconcile', err }))
      timer = setInterval(() => void run(), everyMs)
      timer.unref()
    },
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await running
    },
  }
}

const localTime = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
