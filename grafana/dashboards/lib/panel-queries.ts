import { z } from 'zod'
import { panelsOf } from './panel-json.ts'

const Source = z.object({ type: z.string(), uid: z.string() })
const Target = z.looseObject({
  refId: z.string(),
  datasource: Source,
  expr: z.string().optional(),
  rawSql: z.string().optional(),
  format: z.string().optional(),
  queryType: z.string().optional(),
  instant: z.boolean().optional(),
})
const PanelJson = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string().default(''),
  targets: z.array(Target).default([]),
})
const Annotation = z.looseObject({ name: z.string().default(''), target: Target.optional() })
const DashboardJson = z.looseObject({
  uid: z.string(),
  title: z.string(),
  annotations: z.looseObject({ list: z.array(Annotation).default([]) }).default({ list: [] }),
})

/** One query as it stands in the JSON of a dashboard. */
export interface PanelQuery {
  /** For error messages: which dashboard, which panel, which query. */
  where: string
  dashboard: string
  panelId: number | null
  language: 'promql' | 'logql' | 'sql'
  text: string
  /** Asked for one moment, not over the range. */
  instant: boolean
  /** As Grafana's API takes it. */
  target: z.infer<typeof Target>
}

const languages: Record<string, PanelQuery['language']> = {
  prometheus: 'promql',
  loki: 'logql',
  'grafana-postgresql-datasource': 'sql',
}

/** Every query of a dashboard's JSON, those of its annotations included. Throws when one is of an unknown data source. */
export function panelQueries(json: unknown): PanelQuery[] {
  const { uid, title, annotations } = DashboardJson.parse(json)
  const panels = z.array(PanelJson).parse(panelsOf(json))
  const read = (place: string, panelId: number | null, target: z.infer<typeof Target>): PanelQuery => {
    const language = languages[target.datasource.type]
    const text = target.expr ?? target.rawSql
    if (language === undefined || text === undefined)
      throw new TypeError(`${uid}: ${place}: a query without language or text`)
    return {
      where: `${title} / ${place} / ${target.refId}`,
      dashboard: uid,
      panelId,
      language,
      text,
      instant: target.instant === true || target.queryType === 'instant',
      target,
    }
  }
  return [
    ...panels.flatMap(panel => panel.targets.map(target => read(panel.title, panel.id, target))),
    ...annotations.list.flatMap(({ name, target }) => (target === undefined ? [] : [read(name, null, target)])),
  ]
}

/** A time range, as Grafana fills it into a query. */
export interface Range {
  from: Date
  to: Date
}

const seconds = ({ from, to }: Range) => Math.max(1, Math.round((to.getTime() - from.getTime()) / 1000))

/** PromQL and LogQL with Grafana's own variables filled in; a dashboard's variables match everything. */
export const expandExpression = (
  text: string,
  range: Range,
  variables: Readonly<Record<string, string>> = {},
): string =>
  fillIn(
    text
      .replace(/\$__(?:rate_interval|interval|auto)\b/g, '5m')
      .replace(/\$__range\b/g, `${seconds(range)}s`)
      .replace(/\$env\b/g, '.*'),
    variables,
  )

/** The macros of Grafana's PostgreSQL data source that our queries use, and its variables. Throws when one is left. */
export function expandSql(text: string, { from, to }: Range, variables: Readonly<Record<string, string>> = {}): string {
  const expanded = fillIn(
    text.replaceAll('$__timeFrom()', `'${from.toISOString()}'`).replaceAll('$__timeTo()', `'${to.toISOString()}'`),
    { source: 'all', request_id: '', ...variables },
  )
  const left = /\$\{?\w+/.exec(expanded)
  if (left) throw new TypeError(`nothing fills in ${left[0]}`)
  return expanded
}

const fillIn = (text: string, variables: Readonly<Record<string, string>>): string =>
  Object.entries({ request_id: '', ...variables }).reduce(
    (filled, [name, value]) =>
      filled
        .replaceAll(`\${${name}:sqlstring}`, `'${value.replaceAll("'", "''")}'`)
        .replaceAll(new RegExp(`\\$${name}\\b`, 'g'), value),
    text,
  )
