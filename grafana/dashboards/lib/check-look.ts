import { z } from 'zod'
import { runningSuffix } from './days.ts'
import { namesOf } from './series-names.ts'
import { knownUnits } from './units.ts'

const Property = z.looseObject({ id: z.string(), value: z.unknown().optional() })
const Panel = z.looseObject({
  type: z.string(),
  title: z.string().default(''),
  fieldConfig: z
    .looseObject({
      defaults: z.looseObject({
        unit: z.string().optional(),
        decimals: z.number().optional(),
        min: z.number().optional(),
        max: z.number().optional(),
        noValue: z.string().optional(),
        custom: z.looseObject({ drawStyle: z.string().optional() }).default({}),
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
        legendFormat: z.string().optional(),
        format: z.string().optional(),
      }),
    )
    .default([]),
})
type Panel = z.infer<typeof Panel>
const Board = z.looseObject({ title: z.string(), panels: z.array(Panel) })

type Rule = (panel: Panel) => string[]

const valuesOf = ({ fieldConfig }: Panel, id: string): unknown[] =>
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

/** Where nothing but zeros is drawn, the axis of a share without limits ends at 10000 %. */
const percent: Rule = panel => {
  const { defaults, overrides = [] } = panel.fieldConfig ?? { defaults: {} }
  const limits = [
    { unit: defaults.unit, min: defaults.min, max: defaults.max },
    ...overrides.map(({ properties }) => {
      const of = (id: string) => properties.find(each => each.id === id)?.value
      return { unit: of('unit'), min: of('min'), max: of('max') }
    }),
  ]
  return limits.some(each => each.unit === 'percentunit' && (each.min !== 0 || each.max !== 1))
    ? ['a share whose axis does not go from 0 to 100 %']
    : []
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
  /^(alert|env|event|function_name|gen_ai_provider_name|gen_ai_request_model|instance|model|prompt_version|query|rating|version)$/

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

const rules: readonly Rule[] = [unit, decimals, percent, time, noValue, russian, axes, running, legend]

/** What a reader would be misled by on these dashboards, each with its place; among them one name in two colours. */
export function checkLook(boards: readonly unknown[]): string[] {
  const colours = new Map<string, Set<string>>()
  const problems = boards.flatMap(json => {
    const { title, panels } = Board.parse(json)
    return panels.flatMap(panel => {
      for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
        const shown = properties.find(({ id }) => id === 'displayName')?.value ?? matcher.options
        const colour = properties.find(({ id }) => id === 'color')?.value
        if (colour !== undefined)
          colours.set(String(shown), (colours.get(String(shown)) ?? new Set()).add(JSON.stringify(colour)))
      }
      return rules.flatMap(rule => rule(panel)).map(problem => `${title} / ${panel.title}: ${problem}`)
    })
  })
  const mixed = [...colours].filter(([, found]) => found.size > 1).map(([name]) => `${name} has more than one colour`)
  return [...problems, ...mixed]
}
