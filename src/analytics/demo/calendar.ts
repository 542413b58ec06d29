import { addDays, createDayReader, lengthOf, type Period } from '../period.ts'

/** Maps the days of a history to moments and back; days are indexed from 0. */
export interface Calendar extends Period {
  timeZone: string
  /** Number of days. */
  length: number
  /** Epoch milliseconds of the local midnight at which day `index` begins; `length` is the end of the last day. */
  startOf(index: number): number
  dayAt(index: number): string
  /** 0 for `from`; negative or at least `length` for days outside. */
  indexOf(day: string): number
  /** The day a moment inside the history belongs to. */
  indexAt(at: number): number
  /** 0 is Monday. */
  weekday(index: number): number
}

export function createCalendar(period: Period, timeZone: string): Calendar {
  const length = lengthOf(period)
  const dayOf = createDayReader(timeZone)
  const starts = Array.from({ length: length + 1 }, (_, i) => midnight(addDays(period.from, i), dayOf))
  const indexOf = (day: string) => lengthOf({ from: period.from, to: day }) - 1
  const firstWeekday = (new Date(`${period.from}T00:00:00Z`).getUTCDay() + 6) % 7
  return {
    ...period,
    timeZone,
    length,
    startOf: index => starts[index] ?? Number.NaN,
    dayAt: index => addDays(period.from, index),
    indexOf,
    indexAt: at => {
      let [low, high] = [0, length]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((starts[middle + 1] ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1
        else high = middle
      }
      return low
    },
    weekday: index => (firstWeekday + index) % 7,
  }
}

/** The first moment of a day, by bisection: where clocks are put forward across midnight, it is not 00:00. */
function midnight(day: string, dayOf: (at: Date) => string): number {
  let low = Date.parse(`${day}T00:00:00Z`) - 15 * 3600_000
  let high = low + 30 * 3600_000
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (dayOf(new Date(middle)) < day) low = middle
    else high = middle
  }
  return high
}
