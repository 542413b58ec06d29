/** Samples of one series within `(start, end]`, times in ms, oldest first; at least one. */
export interface Range {
  times: readonly number[]
  values: readonly number[]
  start: number
  end: number
}

/** Functions of a range of samples; undefined where too few samples give no answer. */
export const rangeFunctions: Record<string, (range: Range) => number | undefined> = {
  increase: range => extrapolatedIncrease(range),
  rate: range => {
    const increase = extrapolatedIncrease(range)
    return increase === undefined ? undefined : increase / ((range.end - range.start) / 1000)
  },
  changes: ({ values }) =>
    values.filter(
      (value, i) => i > 0 && value !== values[i - 1] && !(Number.isNaN(value) && Number.isNaN(values[i - 1])),
    ).length,
  min_over_time: ({ values }) => extreme(values, (a, b) => a < b),
  max_over_time: ({ values }) => extreme(values, (a, b) => a > b),
  count_over_time: ({ values }) => values.length,
}

/** NaN only if there is nothing else. */
export function extreme(values: readonly number[], better: (a: number, b: number) => boolean): number {
  return values.reduce((best, value) => (better(value, best) || Number.isNaN(best) ? value : best))
}

/**
 * Increase of a counter over the whole range as Prometheus computes it (`extrapolatedRate` of promql/functions.go, 3.5): resets
 * are added up, and what lies between the edges of the range and the outer samples is extrapolated, though not below zero
 * and by half an interval at most where the series begins or ends within the range.
 */
function extrapolatedIncrease({ times, values, start, end }: Range): number | undefined {
  const [firstAt, lastAt] = [times[0], times.at(-1)]
  const [first, last] = [values[0], values.at(-1)]
  if (times.length < 2 || firstAt === undefined || lastAt === undefined || first === undefined || last === undefined)
    return undefined
  let increase = last - first
  values.forEach((value, i) => {
    const before = values[i - 1]
    if (before !== undefined && value < before) increase += before
  })

  const sampled = (lastAt - firstAt) / 1000
  const between = sampled / (times.length - 1)
  const threshold = between * 1.1
  let toStart = (firstAt - start) / 1000
  let toEnd = (end - lastAt) / 1000
  if (toStart >= threshold) toStart = between / 2
  if (increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase))
  if (toEnd >= threshold) toEnd = between / 2
  return increase * ((sampled + toStart + toEnd) / sampled)
}
