import type { Analytics } from './analytics.ts'
import type { WithPrevious } from './numbers.ts'
import { type Period, previousPeriod } from './period.ts'

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
