import type { DayWindow } from './day-reading.ts'

/** A scraped value with its time in epoch milliseconds. */
export type Sample = readonly [at: number, value: number]

export interface Increase {
  /** Growth between the two ends, as far as it was scraped. */
  value: number
  /** Growth between the scrapes around an end, which may belong to either side of it. */
  unsure: number
  /** Largest growth between two scrapes of one process within the day. */
  largestStep: number
  /** False if the counter existed before its first scrape, so that its value then cannot be assigned to a day. */
  whole: boolean
}

/**
 * Calculates the growth of one counter over a day from its raw samples, in order. Does not extrapolate: PromQL's increase()
 * does, to the ends of the range, and 3 carts become 3.01. `startedAt` returns the start time of the process that answered a
 * scrape; the counter of a new process begins at 0, also when its value is already above the old one.
 */
export function counterIncrease(
  samples: readonly Sample[],
  startedAt: (scrapedAt: number) => number | undefined,
  { from, to }: DayWindow,
): Increase {
  const [start, end] = [from.getTime(), to.getTime()]
  const result: Increase = { value: 0, unsure: 0, largestStep: 0, whole: true }
  let previous: Sample | undefined

  for (const sample of samples) {
    const [at, value] = sample
    if (at > start) {
      const { step, isReset } = growth(previous, sample, startedAt)
      if (previous === undefined && !((startedAt(at) ?? Number.NEGATIVE_INFINITY) >= start)) {
        result.whole = false
        result.unsure += value
      } else if (at > end) {
        if (previous !== undefined && previous[0] <= end) result.unsure += step
        break
      } else {
        result.value += step
        if (previous !== undefined && previous[0] <= start) result.unsure += step
        else if (!isReset) result.largestStep = Math.max(result.largestStep, step)
      }
    }
    previous = sample
  }
  return result
}

function growth(previous: Sample | undefined, [at, value]: Sample, startedAt: (at: number) => number | undefined) {
  if (previous === undefined) return { step: value, isReset: true }
  const [before, now] = [startedAt(previous[0]), startedAt(at)]
  const isReset = value < previous[1] || (before !== undefined && now !== undefined && before !== now)
  return { step: isReset ? value : value - previous[1], isReset }
}
