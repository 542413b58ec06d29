import { AppError } from '../errors.ts'
import { compareDay, type SourceAnswer } from './compare.ts'
import type { ReadDay } from './day-reading.ts'
import type { ReconcileStore } from './reconcile-store.ts'
import type { Reconciliation } from './reconciliation.ts'
import { causeText } from './texts.ts'

/** The reader of a source, or why there is none. */
type DaySource = ReadDay | 'not_configured' | 'log_level'

export interface ReconcilerDeps {
  store: Pick<ReconcileStore, 'readDay' | 'save'>
  /** Brings the totals up to date with the events. */
  refresh: () => Promise<unknown>
  loki: DaySource
  prometheus: DaySource
  now: () => Date
}

/** Compares the numbers of a day in Loki and Prometheus with those in PostgreSQL. */
export function createReconciler({ store, refresh, loki, prometheus, now }: ReconcilerDeps) {
  return {
    /** Rejects if PostgreSQL is unavailable; another unavailable source is part of the result. */
    check: async (date: string): Promise<Reconciliation> => {
      await refresh()
      const stored = await store.readDay(date)
      const answers = {
        loki: await ask(loki, stored.window),
        prometheus: await ask(prometheus, stored.window),
      }
      const checkedAt = now()
      const numbers = compareDay(stored, answers, checkedAt >= stored.window.to)
      return {
        date,
        checked_at: checkedAt,
        agrees: numbers.every(({ agrees }) => agrees),
        sources: { loki: answers.loki.state, prometheus: answers.prometheus.state },
        numbers,
      }
    },
    save: ({ date, checked_at, numbers }: Reconciliation): Promise<void> =>
      store.save(
        date,
        numbers.map(
          ({ number, model, postgres, loki: inLoki, prometheus: inPrometheus, difference, agrees, causes }) => ({
            number: model === undefined ? number : `tokens ${model}`,
            postgres,
            loki: inLoki,
            prometheus: inPrometheus,
            difference,
            cause: agrees ? null : causes.map(causeText).join(', '),
          }),
        ),
        checked_at,
      ),
  }
}

export type Reconciler = ReturnType<typeof createReconciler>

async function ask(source: DaySource, window: Parameters<ReadDay>[0]): Promise<SourceAnswer> {
  if (typeof source === 'string') return { state: source }
  try {
    return { state: 'read', reading: await source(window) }
  } catch (err) {
    if (!(err instanceof AppError)) throw err
    return { state: 'unreachable' } // bot_telemetry_queries_total has the outcome
  }
}
