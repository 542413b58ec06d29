import { z } from 'zod'
import { runningSuffix } from './days.ts'
import { namesOf, namesOfValues } from './series-names.ts'
import { knownUnits, unitOf } from './units.ts'

const Property = z.looseObject({ id: z.string(), value: z.unknown().optional() })
export const Panel = z.looseObject({
  type: z.string(),
  gridPos: z.looseObject({ x: z.number(), y: z.number(), w: z.number() }),
  title: z.string().default(''),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({
        unit: z.string().optional(),
        decimals: z.number().optional(),
        min: z.number().optional(),
        max: z.number().optional(),
        noValue: z.string().optional(),
        custom: z
          .looseObject({
            drawStyle: z.string().optional(),
            showPoints: z.string().optional(),
            minWidth: z.number().optional(),
          })
          .default({}),
      }),
      overrides: z
        .array(z.looseObject({ matcher: z.looseObject({ options: z.unknown() }), properties: z.array(Property) }))
        .default([]),
    })
    .optional(),
  options: z
    .looseObject({
      reduceOptions: z.looseObject({ fields: z.string().optional() }).optional(),
      legend: z.looseObject({ displayMode: z.string().optional() }).optional(),
    })
    .default({}),
  targets: z
    .array(
      z.looseObject({
        rawSql: z.string().optional(),
        expr: z.string().optional(),
        datasource: z.looseObject({ type: z.string().optional() }).optional(),
        legendFormat: z.string().optional(),
        format: z.string().optional(),
      }),
    )
    .default([]),
})
export type Panel = z.infer<typeof Panel>
type Rule = (panel: Panel) => string[]

const valuesOf = ({ fieldConfig }: Pick<Panel, 'fieldConfig'>, id: string): unknown[] =>
  (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
    properties.filter(each => each.id === id).map(({ value }) => value),
  )

/** Grafana writes «₽1K», «18.8 Mil», «1.5 mins» and «5 req/s» for its own units. */
const unit: Rule = panel =>
  [panel.fieldConfig?.defaults.unit, ...valuesOf(panel, 'unit')]
    .filter(each => each !== undefined && !knownUnits.includes(String(each)))
    .map(each => `unit ${each}: Grafana writes it in English or with K and M; see units.ts`)

const isMoney = (id: unknown) => typeof id === 'string' && id.includes('₽')

/** Without decimals Grafana shows as many as fit: «1379.6667 ₽». */
const decimals: Rule = panel => {
  const { defaults, overrides = [] } = panel.fieldConfig ?? { defaults: {} }
  const textOnly = panel.type === 'stat' && JSON.stringify(panel.options).includes('"textMode":"name"')
  return [
    ...(isMoney(defaults.unit) && defaults.decimals === undefined && !textOnly ? ['money without decimals'] : []),
    ...overrides.flatMap(({ matcher, properties }) =>
      properties.some(({ id, value }) => id === 'unit' && isMoney(value)) &&
      !properties.some(({ id }) => id === 'decimals')
        ? [`money without decimals: ${matcher.options}`]
        : [],
    ),
  ]
}

/** Where nothing but zeros is drawn, the axis of percents without limits ends far above 100. A stat has no axis: limits would flatten its line. */
const percent: Rule = panel => {
  const { defaults, overrides = [] } = panel.fieldConfig ?? { defaults: {} }
  if (panel.type === 'stat') return []
  const limits = [
    { unit: defaults.unit, min: defaults.min, max: defaults.max },
    ...overrides.map(({ properties }) => {
      const of = (id: string) => properties.find(each => each.id === id)?.value
      return { unit: of('unit'), min: of('min'), max: of('max') }
    }),
  ]
  return limits.some(each => each.unit === unitOf('percent') && (each.min !== 0 || each.max !== 100))
    ? ['a share whose axis does not go from 0 to 100 %']
    : []
}

/** Series and columns by their name, each with the part of its query that makes its value. */
const partsOf = ({
  expr,
  legendFormat = '',
  rawSql = '',
}: Panel['targets'][number]): [name: string, text: string][] => {
  if (expr !== undefined) return [[legendFormat, expr]]
  const columns = [...rawSql.matchAll(/([^"]*) as "([^"]+)"/g)].map(([, text = '', name = '']): [string, string] => [
    name,
    text,
  ])
  return columns.length > 0 ? columns : [['', rawSql]]
}

const isFor = (matcher: { id?: unknown; options?: unknown }, name: string): boolean => {
  const options = String(matcher.options)
  return matcher.id === 'byRegexp' ? new RegExp(options.replace(/^\/|\/$/g, '')).test(name) : options === name
}

/** Queries answer shares as parts of 1, a reader sees percents: «0,3 %» of a third looks well. */
const unscaled: Rule = ({ fieldConfig, options, targets }) => {
  const unitFor = (name: string) =>
    (fieldConfig?.overrides ?? [])
      .filter(({ matcher }) => isFor(matcher, name))
      .flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit').map(({ value }) => value))
      .at(-1) ?? fieldConfig?.defaults.unit
  return targets
    .flatMap(partsOf)
    .filter(
      ([name, text]) => name !== options.xField && unitFor(name) === unitOf('percent') && !text.includes('100 * '),
    )
    .map(([name]) => `percents that are parts of 1: ${name}`)
}

/** The time of a sample is a field too. */
const time: Rule = ({ type, options }) => {
  const fields = options.reduceOptions?.fields ?? ''
  const takesTime =
    fields !== '' && ['Time', 'time'].some(name => new RegExp(fields.replace(/^\/|\/\w*$/g, '')).test(name))
  return ['stat', 'gauge'].includes(type) && takesTime ? ['takes the time as one of its numbers'] : []
}

/** A sentence stands in single cells, beside other numbers and over errors. */
const noValue: Rule = panel =>
  [panel.fieldConfig?.defaults.noValue, ...valuesOf(panel, 'noValue')]
    .filter(each => each !== undefined && !['—', 'нет данных', ' '].includes(String(each)))
    .map(each => `a text for nothing that can be wrong: ${each}`)

const lineNames = /^(p\d+|DAU|GMV|PMF|D[17]|Loki|Prometheus|PostgreSQL|Redis|Telegram|time|metric|value|\d+)$/
/** Labels whose values are names already. */
const names =
  /^(env|event|function_name|gen_ai_provider_name|gen_ai_request_model|instance|model|prompt_version|query|rating|version)$/

/** What is seen as a legend or a column must be in Russian. */
const russian: Rule = ({ targets }) =>
  targets.flatMap(({ rawSql = '', legendFormat = '' }) => {
    const columns = [...rawSql.matchAll(/ as "([^"]+)"/g)].map(([, name = '']) => name)
    const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name)
    const words = legendFormat
      .replaceAll(/\{\{\w+\}\}/g, '')
      .split(/[\s:,()]+/)
      .filter(Boolean)
    return [
      ...columns.filter(name => !/[а-яё👍]/iu.test(name) && !lineNames.test(name)).map(name => `column ${name}`),
      ...words.filter(word => /^[a-z_]+$/i.test(word) && !lineNames.test(word)).map(word => `legend ${word}`),
      ...labels
        .filter(label => !names.test(label) && Object.keys(namesOf(`{{${label}}}`)).length === 0)
        .map(label => `values of ${label} have no names`),
    ].map(what => `not in Russian: ${what}`)
  })

/** Bars of two axes cover each other, and their heights say nothing. */
const axes: Rule = panel => {
  const twoAxes = valuesOf(panel, 'custom.axisPlacement').includes('right')
  const allBars = panel.fieldConfig?.defaults.custom.drawStyle === 'bars'
  return twoAxes && allBars ? ['two kinds of bars on two axes'] : []
}

/** A day that still runs looks like an outage. */
const running: Rule = ({ type, targets }) =>
  type === 'timeseries' &&
  targets.some(
    ({ rawSql = '' }) => /day_numbers|daily|retention_shares/.test(rawSql) && !rawSql.includes(runningSuffix),
  )
    ? ['the running day is drawn as if it were over']
    : []

const legend: Rule = ({ type, options }) =>
  type === 'timeseries' && options.legend?.displayMode !== 'table' ? ['a legend without the last value'] : []

/** Grafana gives a line without a colour of its own the next of its palette: «успешно» was red. */
const meaning: Rule = ({ type, fieldConfig }) => {
  const known = new Set(['outcome', 'level'].flatMap(label => Object.values(namesOfValues(label))))
  const uncoloured = (fieldConfig?.overrides ?? []).flatMap(({ properties }) => {
    const name = String(properties.find(({ id }) => id === 'displayName')?.value ?? '')
    const last = name.split(': ').at(-1) ?? ''
    return known.has(last) && !properties.some(({ id }) => id === 'color') ? [name] : []
  })
  return type === 'timeseries' ? uncoloured.map(name => `no colour says how well ${name} is`) : []
}

/** A label has values that never come: each would be a row of zeros in the legend. */
const zeros: Rule = ({ type, fieldConfig, targets }) => {
  const hidden = (fieldConfig?.overrides ?? []).some(({ matcher }) => JSON.stringify(matcher).includes('allIsZero'))
  const labelled = targets.some(({ legendFormat }) => legendFormat?.includes('{{'))
  return type === 'timeseries' && labelled && !hidden ? ['a legend with rows of zeros'] : []
}

/** Over how long each value is made, as its query says. */
const windowOf = (expr: string) => /\[([^\]]+)\]|rate(\d+[mh])\b/.exec(expr)?.slice(1).find(Boolean)

/** A median of five minutes stood beside a p95 of one. */
const windows: Rule = ({ targets }) => {
  const quantiles = targets.filter(({ legendFormat = '' }) => /^(медиана|p\d+)$/.test(legendFormat))
  return new Set(quantiles.map(({ expr = '' }) => windowOf(expr))).size > 1
    ? ['quantiles over different windows beside each other']
    : []
}

/** A rate of seconds and a count of days have nothing to do on one axis. */
const kinds: Rule = ({ type, targets }) =>
  type === 'timeseries' && new Set(targets.map(({ rawSql }) => rawSql === undefined)).size > 1
    ? ['compares what days count with what seconds do']
    : []

const widthOfPage = 1380
/** Grafana's own for a column without a width. */
const narrowestOfGrafana = 150

/** A table is whole on a desk: what does not fit hides behind a scroll bar. */
const whole: Rule = ({ type, gridPos, targets, fieldConfig }) => {
  const columns = targets.flatMap(({ rawSql = '' }) => [...rawSql.matchAll(/ as "[^"]+"/g)])
  const narrowest = fieldConfig?.defaults.custom.minWidth ?? narrowestOfGrafana
  const widths = valuesOf({ fieldConfig }, 'custom.width').filter(width => typeof width === 'number')
  const free = Math.max(0, columns.length - widths.length)
  const needed = widths.reduce((sum, width) => sum + width, 0) + free * narrowest
  return type === 'table' && needed > (gridPos.w / 24) * widthOfPage ? ['a table wider than its place'] : []
}

/** What misleads in one panel. */
export const panelRules: readonly Rule[] = [
  ...[unit, decimals, percent, unscaled, time, noValue, russian, axes, running, legend],
  ...[meaning, zeros, windows, kinds, whole],
]
