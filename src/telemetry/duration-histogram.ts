import { Histogram, type LabelValues } from 'prom-client'
import type { MetricRegistry } from './registry.ts'
import { requestContext } from './request-context.ts'

export interface DurationHistogram<T extends string> {
  /** Records a duration in seconds. */
  observe(labels: LabelValues<T>, seconds: number): void
  /** Exports the series with the value 0. */
  zero(labels: LabelValues<T>): void
}

export interface DurationHistogramOptions<T extends string> {
  name: string
  help: string
  labelNames: readonly T[]
  buckets: number[]
}

/** Creates a histogram of seconds, with the `request_id` of an update as exemplar of its bucket. */
export function createDurationHistogram<T extends string>(
  register: MetricRegistry,
  options: DurationHistogramOptions<T>,
): DurationHistogram<T> {
  const histogram = new Histogram<string>({ ...options, registers: [register], enableExemplars: true })
  return {
    observe(labels, value) {
      const context = requestContext()
      histogram.observe({
        labels,
        value,
        exemplarLabels: context === undefined ? {} : { request_id: context.requestId },
      })
    },
    zero: labels => histogram.zero(labels),
  }
}
