import type { DayWindow } from './day-reading.ts'

/** A scraped value: epoch ms, value. */
export type Sample = readonly [at: number, value: number]

export interface Increase {
  /** By how much the counter grew between the two ends, as far as it was seen. */
  value: number
  /** Growth whose side of an end nobody can tell: it happened between the scrapes around it. */
  unsure: number
  /** The most it grew from one scrape to the next, within the day and the process. */
  largestStep: number
  /** False when the counter was there before it was first seen, so what it held then cannot be placed. */
  whole: boolean
}

/**
 * The growth of one counter over a day from its raw samples, in order. Nothing is extrapolated: PromQL's increase() widens
 * what it saw to the ends of the range, and 3 carts become 3.01. `startedAt` tells when the process that answered a scrape
 * began; another process begins at 0, also when its value is already above the old one.
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
