import { type OpenMetricsContentType, Registry } from 'prom-client'
import type { MetricRegistry } from '../../src/telemetry/registry.ts'

/**
 * The value of one series: `name` as it is scraped (`…_count` of a histogram too), `labels` any part of its labels that
 * picks one. Undefined when there is no such series; throws when there are several.
 */
export async function metricValue(
  register: MetricRegistry,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const found: number[] = []
  for (const metric of await register.getMetricsAsJSON()) {
    for (const sample of metric.values) {
      const sampleName = 'metricName' in sample ? sample.metricName : metric.name
      const given = new Map(Object.entries(sample.labels).map(([key, value]) => [key, String(value)]))
      if (sampleName === name && Object.entries(labels).every(([key, value]) => given.get(key) === value)) {
        found.push(sample.value)
      }
    }
  }
  if (found.length > 1) throw new Error(`${name}: ${found.length} series match`)
  return found[0]
}

/** An empty registry of the kind the metric factories expect. */
export function createTestRegistry(): MetricRegistry {
  const register = new Registry<OpenMetricsContentType>()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  return register
}
