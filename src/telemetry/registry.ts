import { collectDefaultMetrics, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'

/** Registry that all metric factories receive. Renders OpenMetrics, so that histograms may have exemplars. */
export type MetricRegistry = Registry<OpenMetricsContentType>

export interface RegistryOptions {
  serviceName: string
  env: string
}

/** Deprecated metrics of Node internals whose names `promtool check metrics` rejects. */
const refusedByLint = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/**
 * Milliseconds between two looks at the event loop, and the least that `nodejs_eventloop_lag_*` shows: at the default of 10 they
 * take most of the processor time of an idle bot, at 50 a fifth. The alert begins at 500.
 */
const eventLoopMonitoringPrecision = 200

const longestDelaySeconds = 86_400

/** Creates a registry with process and event-loop metrics; every series has the labels `service_name` and `env`. */
export function createRegistry({ serviceName, env }: RegistryOptions): MetricRegistry {
  const register: MetricRegistry = new Registry()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  register.setDefaultLabels({ service_name: serviceName, env })
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision })
  for (const name of refusedByLint) register.removeSingleMetric(name)
  for (const { name } of register.getMetricsAsArray()) {
    const metric = register.getSingleMetric(name)
    if (name.startsWith('nodejs_eventloop_lag_') && metric instanceof Gauge) takeOnlyDelays(metric)
  }
  return register
}

/** A scrape before the first look, or soon after another one, finds no delays: their mean is NaN then and the least one 292 years. */
function takeOnlyDelays(gauge: Gauge): void {
  const set = gauge.set.bind(gauge)
  gauge.set = (labels: object | number, value?: number) => {
    if (typeof labels === 'object' && value !== undefined && value < longestDelaySeconds) set(labels, value)
  }
}
