import type { Analytics } from './analytics.ts'
import type { WithPrevious } from './numbers.ts'
import { type ComparedPeriods, comparedPeriods, type Period, previousPeriod } from './period.ts'

type Calendar = Pick<Analytics, 'today' | 'storedSince'>

/** Reads an answer with that of the period of equal length before; null where no event of that period is stored. */
export async function withPrevious<T>(
  analytics: Calendar,
  period: Period,
  read: (period: Period) => Promise<T>,
): Promise<WithPrevious<T>> {
  const before = previousPeriod(period)
  const isStored = before.to >= (await analytics.storedSince())
  return { ...(await read(period)), previous: isStored ? await read(before) : null }
}

/** What the changes of a period are calculated from, and the days it covers; or why there are none. */
export type ComparedAnswer<T> = { now: T; before: T; periods: ComparedPeriods } | 'running' | 'nothing before'

/**
 * Reads an answer for the finished days of a period and for the days at the same places of the period before, of which all
 * events must be stored: the first days of a history would make everything grow. `today` is the first day that is not over.
 */
export async function readCompared<T>(
  analytics: Calendar,
  period: Period,
  read: (period: Period) => Promise<T>,
  today = analytics.today(),
): Promise<ComparedAnswer<T>> {
  const periods = comparedPeriods(period, today)
  if (periods === null) return 'running'
  if (periods.before.from < (await analytics.storedSince())) return 'nothing before'
  const [now, before] = await Promise.all([read(periods.now), read(periods.before)])
  return { now, before, periods }
}
