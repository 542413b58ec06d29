import { type InstantVector, signature, type VectorElement } from './vector.ts'

interface Bucket {
  upper: number
  count: number
}

/** `histogram_quantile` of classic histograms (`BucketQuantile` of promql/quantile.go). */
export function histogramQuantile(q: number, buckets: InstantVector): InstantVector {
  const groups = new Map<string, { labels: VectorElement['labels']; buckets: Bucket[] }>()
  for (const { labels: all, value } of buckets) {
    const { le, ...labels } = all
    const upper = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le ?? Number.NaN)
    if (Number.isNaN(upper)) continue
    const key = signature(labels)
    const group = groups.get(key) ?? { labels, buckets: [] }
    group.buckets.push({ upper, count: value })
    groups.set(key, group)
  }
  return [...groups.values()].map(group => ({ labels: group.labels, value: bucketQuantile(q, group.buckets) }))
}

function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  const buckets = [...unsorted].sort((a, b) => a.upper - b.upper)
  let highest = Number.NEGATIVE_INFINITY
  for (const bucket of buckets) {
    highest = Math.max(highest, bucket.count)
    bucket.count = highest // scrapes are not atomic
  }
  const total = buckets.at(-1)
  if (total?.upper !== Number.POSITIVE_INFINITY || buckets.length < 2 || total.count === 0) return Number.NaN
  if (Number.isNaN(total.count)) return Number.NaN
  const rank = q * total.count
  const index = buckets.findIndex(({ count, upper }) => count >= rank || upper === Number.POSITIVE_INFINITY)
  const [before, bucket] = [buckets[index - 1], buckets[index]]
  if (bucket === undefined) return Number.NaN
  if (bucket.upper === Number.POSITIVE_INFINITY) return before?.upper ?? Number.NaN
  if (before === undefined) return bucket.upper <= 0 ? bucket.upper : bucket.upper * (rank / bucket.count)
  return before.upper + (bucket.upper - before.upper) * ((rank - before.count) / (bucket.count - before.count))
}
