import type { MetricRegistry } from '../registry.ts'
import type { NewSample } from './promql/series-store.ts'

/** What a scrape of the registry would show, with the label that Prometheus puts on the series of the bot. */
export async function readRegistry(register: MetricRegistry): Promise<NewSample[]> {
  const metrics = await register.getMetricsAsJSON()
  return metrics.flatMap(({ name, values }) =>
    values.map(value => ({
      name: 'metricName' in value && value.metricName !== undefined ? String(value.metricName) : name,
      labels: { ...strings(value.labels), job: 'bot' },
      value: value.value,
    })),
  )
}

/** Labels as the text format writes them: an empty value is no label. */
const strings = (labels: Partial<Record<string, string | number>>) =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) =>
      value === undefined || value === '' ? [] : [[label, `${value}`]],
    ),
  )
