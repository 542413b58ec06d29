import type { MetricRegistry } from '../registry.ts'
import type { NewSample } from './promql/series-store.ts'

/** What a scrape of the registry would show, with the label that Prometheus puts on the series of the bot. */
export async function readRegistry(register: MetricRegistry): Promise<NewSample[]> {
  const metrics = await register.getMetricsAsJSON()
  return metrics.flatMap(({ name, type, values }) =>
    values.map(value => ({
      name: 'metricName' in value && value.metricName !== undefined ? String(value.metricName) : seriesName(name, type),
      labels: { ...strings(value.labels), job: 'bot' },
      value: value.value,
    })),
  )
}

/** prom-client drops the end of a counter's name once the registry was rendered as OpenMetrics. */
const seriesName = (name: string, type: unknown) =>
  type === 'counter' && !name.endsWith('_total') ? `${name}_total` : name

/** Labels as the text format writes them: an empty value is no label. */
const strings = (labels: Partial<Record<string, string | number>>) =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([label, value]) =>
      value === undefined || value === '' ? [] : [[label, `${value}`]],
    ),
  )
