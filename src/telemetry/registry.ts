import { collectDefaultMetrics, type OpenMetricsContentType, Registry } from 'prom-client'

/** The registry every metric factory is handed. Speaks OpenMetrics, so histograms in it may carry exemplars. */
export type MetricRegistry = Registry<OpenMetricsContentType>

export interface RegistryOptions {
  serviceName: string
  env: string
}

/** Deprecated counters of Node internals under names that `promtool check metrics` refuses. */
const refusedByLint = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** An own registry with process and event-loop metrics; `service_name` and `env` stand on every series. */
export function createRegistry({ serviceName, env }: RegistryOptions): MetricRegistry {
  const register: MetricRegistry = new Registry()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  register.setDefaultLabels({ service_name: serviceName, env })
  collectDefaultMetrics({ register })
  for (const name of refusedByLint) register.removeSingleMetric(name)
  return register
}
