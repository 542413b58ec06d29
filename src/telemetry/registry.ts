import { collectDefaultMetrics, type OpenMetricsContentType, Registry } from 'prom-client'

/** Registry that all metric factories receive. Renders OpenMetrics, so that histograms may have exemplars. */
export type MetricRegistry = Registry<OpenMetricsContentType>

export interface RegistryOptions {
  serviceName: string
  env: string
}

/** Deprecated metrics of Node internals whose names `promtool check metrics` rejects. */
const refusedByLint = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** What a scrape before the first look, or soon after another scrape, shows as NaN or 292 years. */
const undefinedWithoutDelays = ['min', 'mean', 'stddev'].map(name => `nodejs_eventloop_lag_${name}_seconds`)

/** 27 series of the spaces V8 divides its heap into; `nodejs_heap_size_used_bytes` is what anyone asks for. */
const ofHeapSpaces = ['total', 'used', 'available'].map(name => `nodejs_heap_space_size_${name}_bytes`)

/** Seconds of a collection, each bound a series for each of the four kinds. */
const gcDurationBuckets = [0.01, 0.1, 1]

/**
 * Milliseconds between two looks at the event loop, and the least that `nodejs_eventloop_lag_*` shows: at the default of 10 they
 * take most of the processor time of an idle bot, at 50 a fifth. The alert begins at 500.
 */
const eventLoopMonitoringPrecision = 200

/** Creates a registry with process and event-loop metrics; every series has the labels `service_name` and `env`. */
export function createRegistry({ serviceName, env }: RegistryOptions): MetricRegistry {
  const register: MetricRegistry = new Registry()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  register.setDefaultLabels({ service_name: serviceName, env })
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision, gcDurationBuckets })
  for (const name of [...refusedByLint, ...undefinedWithoutDelays, ...ofHeapSpaces]) register.removeSingleMetric(name)
  return register
}
