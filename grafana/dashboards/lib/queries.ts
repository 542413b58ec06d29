import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki'
import { DataqueryBuilder as PrometheusQuery, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'

/** The data sources, by the uids of provisioning/datasources. */
export const prometheus: DataSourceRef = { type: 'prometheus', uid: 'prometheus' }
const loki: DataSourceRef = { type: 'loki', uid: 'loki' }
const postgres: DataSourceRef = { type: 'grafana-postgresql-datasource', uid: 'postgres' }
const mixed: DataSourceRef = { type: 'datasource', uid: '-- Mixed --' }

/** One query of a panel, still without its letter. */
export interface Query {
  source: DataSourceRef
  as(refId: string): cog.Builder<cog.Dataquery>
}

/** PromQL over the range of the panel; `legend` may hold `{{label}}`. Exemplars lead from a point to a request. */
export const promql = (expr: string, legend: string, { exemplars = false } = {}): Query => ({
  source: prometheus,
  as: refId =>
    new PrometheusQuery()
      .datasource(prometheus)
      .refId(refId)
      .expr(expr)
      .legendFormat(legend)
      .range()
      .exemplar(exemplars),
})

/** PromQL at the end of the range; as a table its labels are columns. */
export const promqlNow = (expr: string, legend: string, table = false): Query => ({
  source: prometheus,
  as: refId => {
    const query = new PrometheusQuery().datasource(prometheus).refId(refId).expr(expr).legendFormat(legend).instant()
    return table ? query.format(PromQueryFormat.Table) : query
  },
})

/** LogQL: lines, or numbers over the range of the panel. */
export const logql = (expr: string, legend = ''): Query => ({
  source: loki,
  as: refId =>
    new LokiQuery().datasource(loki).refId(refId).expr(expr).legendFormat(legend).queryType('range').maxLines(500),
})

/** LogQL at the end of the range. */
export const logqlNow = (expr: string, legend = ''): Query => ({
  source: loki,
  as: refId => new LokiQuery().datasource(loki).refId(refId).expr(expr).legendFormat(legend).queryType('instant'),
})

/** SQL whose answer is shown as it comes. */
export const sqlTable = (text: string): Query => sqlQuery(text, 'table')
/** SQL with a column `time`; the other columns are lines by their names. */
export const sqlSeries = (text: string): Query => sqlQuery(text, 'time_series')

const sqlQuery = (text: string, format: 'table' | 'time_series'): Query => ({
  source: postgres,
  as: refId => ({
    build: () => ({
      datasource: postgres,
      refId,
      format,
      rawQuery: true,
      editorMode: 'code',
      rawSql: text.trim(),
      _implementsDataqueryVariant: () => undefined, // marks the type; leaves no trace in JSON
    }),
  }),
})

/** The data source of a panel with these queries. */
export function sourceOf(queries: readonly Query[]): DataSourceRef {
  const [first, ...rest] = queries
  if (first === undefined) throw new TypeError('a panel needs a query')
  return rest.every(({ source }) => source.uid === first.source.uid) ? first.source : mixed
}

/** The first of the days of ANALYTICS_TZ that the time picker covers. */
export const periodStart = 'analytics.local_date($__timeFrom()::timestamptz)'
/** Those days as the two arguments of the functions of `analytics`. */
export const period = `${periodStart}, analytics.local_date($__timeTo()::timestamptz)`

/** SQL that maps a column's closed set of values to its labels. */
export const labelled = (column: string, labels: Readonly<Record<string, string>>): string => {
  const cases = Object.entries(labels).map(([value, label]) => `when '${value}' then '${label}'`)
  return `case ${column} ${cases.join(' ')} else ${column} end`
}
