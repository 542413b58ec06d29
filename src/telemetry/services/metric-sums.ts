import type { MetricRegistry } from '../registry.ts'

type Labels = Readonly<Record<string, string>>

/** Reads values of the process' own metrics, as a scrape would see them. */
export interface MetricSums {
  /** Sum of the series with these labels; null when the process has no such metric. Of a histogram its `part`. */
  sum(name: string, labels?: Labels, part?: 'count'): Promise<number | null>
  /** The same, apart for each value of a label. */
  by(name: string, label: string, labels?: Labels): Promise<Record<string, number>>
}

/** So that what the chat says is what Grafana draws: both read the same metrics. */
export function createMetricSums(register: MetricRegistry): MetricSums {
  const seriesOf = async (name: string, labels: Labels, part?: string) => {
    const metric = register.getSingleMetric(name)
    if (metric === undefined) return null
    const { values } = await metric.get()
    return values.filter(
      value =>
        (part === undefined || ('metricName' in value && value.metricName === `${name}_${part}`)) &&
        Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
    )
  }
  return {
    async sum(name, labels = {}, part) {
      const series = await seriesOf(name, labels, part)
      return series === null ? null : series.reduce((total, { value }) => total + value, 0)
    },
    async by(name, label, labels = {}) {
      const sums: Record<string, number> = {}
      for (const { labels: own, value } of (await seriesOf(name, labels)) ?? []) {
        const key = String(own[label] ?? '')
        sums[key] = (sums[key] ?? 0) + value
      }
      return sums
    },
  }
}
