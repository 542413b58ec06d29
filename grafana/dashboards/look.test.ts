import { expect, test } from 'vitest'
import { dashboards } from './all.ts'
import { happenings, sinceWhenItCounts } from './lib/annotations.ts'
import { checkLook } from './lib/check-look.ts'
import { type DashboardSpec, dashboard } from './lib/dashboard.ts'
import { daySeries } from './lib/days.ts'
import { knownSeries } from './lib/known-series.ts'
import type { PlacedLater } from './lib/panel.ts'
import { panelQueries } from './lib/panel-queries.ts'
import { lines, nowTile, numbers } from './lib/panels.ts'
import { promql, promqlNow, sqlTable } from './lib/queries.ts'
import { namesOfValues } from './lib/series-names.ts'
import { table } from './lib/tables.ts'
import { unitOf } from './lib/units.ts'

const json = (value: unknown) => JSON.parse(JSON.stringify(value))
const spec = { uid: 'bot-x', title: 'Доска', description: 'x', range: 'days' } as const
const tileOf = () => nowTile({ title: 'Ошибок', description: 'x', unit: 'count', expr: 'x' })
/** A dashboard whose second panel is this one. */
const board = (panel: PlacedLater) =>
  json(dashboard({ ...spec, rows: [{ title: 'Всё ли хорошо', panels: [tileOf(), panel] }] }))
const graph = () =>
  board(
    lines({
      title: 'Корзины',
      description: 'x',
      unit: 'count',
      bars: true,
      queries: [daySeries([{ name: 'Корзины', sql: 'carts' }], { bars: true })],
    }),
  )
const outcomes = () =>
  board(
    lines({
      ...{ title: 'Исходы', description: 'x', unit: 'perSecond', sparse: true },
      queries: [promql('x', '{{outcome}}'), promql('rate(x[5m])', 'p95')],
    }),
  )
const wide = () =>
  board(
    table({ title: 'Таблица', description: 'x', unit: 'count', width: 20, queries: [sqlTable('select 1 as "Один"')] }),
  )
const stat = () =>
  board(
    numbers({ title: 'Потрачено', description: 'x', unit: 'rub', decimals: 0, queries: [promqlNow('x', 'Рублей')] }),
  )

/** The board with another value at a place of its second panel, such as `fieldConfig.defaults.unit`. */
function broken(whole: unknown, place: string, value: unknown): unknown {
  const keys = ['panels', '2', ...place.split('.')]
  const last = keys.pop() ?? ''
  const parent = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), whole)
  if (typeof parent !== 'object') throw new TypeError(`no such place: ${place}`)
  Reflect.set(Object(parent), last, value)
  return whole
}

const override = (of: string, properties: Record<string, unknown>) => [
  {
    matcher: { id: 'byName', options: of },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  },
]
const overrides = 'fieldConfig.overrides'
const percent = unitOf('percent')

test('the dashboards mislead no reader in a way that is known', () => {
  expect(checkLook(json(dashboards))).toEqual([])
})

test('the panels that the cases below break have nothing to report before', () => {
  expect(checkLook([graph(), stat()])).toEqual([])
})

test.each([
  ['«₽1K»', stat, 'fieldConfig.defaults.unit', 'currencyRUB', /unit currencyRUB/],
  ['«18.8 Mil»', stat, 'fieldConfig.defaults.unit', 'short', /unit short/],
  ['«5 req/s» of one line', graph, overrides, override('Корзины', { unit: 'reqps' }), /unit reqps/],
  ['«1379.6667 ₽»', stat, 'fieldConfig.defaults.decimals', undefined, /money without decimals/],
  [
    'rubles of one line',
    graph,
    overrides,
    override('Корзины', { unit: 'suffix:₽' }),
    /money without decimals: Корзины/,
  ],
  ['«28.6%»', stat, 'fieldConfig.defaults.unit', 'percentunit', /unit percentunit/],
  ['an axis far above 100 %', graph, 'fieldConfig.defaults', { unit: percent, min: 0, custom: {} }, /0 to 100 %/],
  ['such an axis of one line', graph, overrides, override('Корзины', { unit: percent, min: 0 }), /0 to 100 %/],
  ['0,3 % for a third', stat, 'fieldConfig.defaults.unit', percent, /parts of 1: Рублей/],
  ['such percents of one column', graph, overrides, override('Корзины', { unit: percent }), /parts of 1: Корзины/],
  ['the time as a number', stat, 'options.reduceOptions.fields', '/.*/', /takes the time/],
  ['a text over errors', graph, 'fieldConfig.defaults.noValue', 'всё спокойно', /a text for nothing/],
  [
    'such a text in single cells',
    graph,
    overrides,
    override('x', { noValue: 'никто не начинал' }),
    /a text for nothing/,
  ],
  ['an English column', graph, 'targets.0.rawSql', 'select 1 as "carts"', /not in Russian: column carts/],
  ['an English legend', stat, 'targets.0.legendFormat', 'carts: {{model}}', /not in Russian: legend carts/],
  ['a label without names for its values', stat, 'targets.0.legendFormat', '{{err_type}}', /values of err_type/],
  ['bars over bars', graph, overrides, override('GMV', { 'custom.axisPlacement': 'right' }), /bars on two axes/],
  [
    'a day that runs',
    graph,
    'targets.0.rawSql',
    'select 1 as "Корзины" from analytics.day_numbers(a, b)',
    /running day/,
  ],
  ['a legend without numbers', graph, 'options.legend.displayMode', 'list', /without the last value/],
  ['«успешно» in any colour', outcomes, overrides, override('ok', { displayName: 'успешно' }), /how well успешно is/],
  ['outcomes that never come', outcomes, overrides, [], /rows of zeros/],
  ['a median of another window', outcomes, 'targets.0', { legendFormat: 'медиана', expr: 'rate(x[1m])' }, /windows/],
  ['the same of a recorded p95', outcomes, 'targets.0', { legendFormat: 'p99', expr: 'env:x:p99_rate1m' }, /windows/],
  ['messages a second and a day', outcomes, 'targets.0', { rawSql: 'select 1 as "В день"' }, /what days count with/],
  [
    'a table with twenty columns',
    wide,
    'targets.0.rawSql',
    Array.from({ length: 20 }, (_, i) => ` as "Столбец ${i}"`).join(),
    /wider than its place/,
  ],
  ['a table with wide columns', wide, overrides, override('Один', { 'custom.width': 1200 }), /wider than its place/],
  ['half a row that is blank', wide, 'gridPos.w', 8, /a blank beside/],
])('%s is found', (_, panel, place, value, problem) => {
  expect(checkLook([broken(panel(), place, value)]).join('\n')).toMatch(problem)
})

test('a table that leaves its columns the width that Grafana gives them is found', () => {
  const nine = Array.from({ length: 9 }, (_, i) => ` as "Столбец ${i}"`).join()
  const whole = broken(wide(), 'targets.0.rawSql', nine)

  expect(checkLook([whole]).join('\n')).not.toMatch(/wider than its place/)
  expect(checkLook([broken(whole, 'fieldConfig.defaults.custom.minWidth', undefined)]).join('\n')).toMatch(
    /wider than its place/,
  )
})

test('one name in two colours is found, on whatever dashboards', () => {
  const coloured = (colour: string) =>
    broken(graph(), overrides, override('Хабр', { color: { mode: 'fixed', fixedColor: colour } }))

  expect(checkLook([coloured('red'), coloured('red')])).toEqual([])
  expect(checkLook([coloured('red'), coloured('green')])).toEqual(['Хабр has more than one colour'])
})

const panel = (title: string) =>
  lines({ title, description: 'x', unit: 'count', sparse: true, queries: [promql('x', 'Строк')] })
const annotations = [...happenings, sinceWhenItCounts]
const first = { title: 'Всё ли хорошо', panels: [tileOf()] }
const graphs = (amount: number) => Array.from({ length: amount }, () => panel('График'))

test.each([
  [
    'a dashboard that begins with a graph',
    { rows: [{ ...first, panels: graphs(1) }] },
    /begin with whether it is well/,
  ],
  ['one that begins with anything', { rows: [{ ...first, title: 'Токены' }] }, /begin with whether it is well/],
  ['twenty-six panels', { rows: [first, { title: 'Всё', panels: graphs(25) }] }, /too many panels/],
  [
    'steps that nothing explains',
    { rows: [first, { title: 'Почему', panels: graphs(1) }], annotations: [] },
    /no alerts and releases/,
  ],
  [
    'a month of which Prometheus knows three hours',
    { rows: [first, { title: 'Почему', panels: graphs(1) }], annotations: happenings },
    /since when Prometheus counts/,
  ],
])('%s is found', (_, of, problem) => {
  expect(checkLook([json(dashboard({ ...spec, annotations, ...of }))]).join('\n')).toMatch(problem)
})

test('a single sample drawn as a dot is found, and twenty-six panels of which most are collapsed are not too many', () => {
  const dotted = lines({ title: 'Точка', description: 'x', unit: 'count', queries: [promql('x', 'Строк')] })
  const of = (rows: DashboardSpec['rows']) =>
    checkLook([json(dashboard({ ...spec, annotations, rows: [first, ...rows] }))])

  expect(of([{ title: 'Почему', panels: [dotted] }])).toEqual([expect.stringContaining('Точка: a dot')])
  expect(of([{ title: 'Редкое', collapsed: true, panels: graphs(25) }])).toEqual([])
})

/** Labels that a reader sees: those of a legend, and those that become the columns of a table. */
const labelsOf = (text: string, { legendFormat, format }: { legendFormat?: unknown; format?: unknown }): string[] => {
  const columns = format === 'table' ? [...text.matchAll(/\bby \(([\w, ]+)\)/g)] : []
  const legend = [...String(legendFormat ?? '').matchAll(/\{\{(\w+)\}\}/g)]
  return [...legend, ...columns].flatMap(([, labels = '']) => labels.split(', '))
}

test('every value that a metric can give to a label of a legend or a column has a name', async () => {
  const known = await knownSeries()
  const shown = dashboards.flatMap(one => panelQueries(json(one))).filter(({ language }) => language === 'promql')

  const unnamed = shown.flatMap(({ where, text, target }) =>
    labelsOf(text, target).flatMap(label => {
      const names = namesOfValues(label)
      const metrics = [...known].filter(([metric]) => new RegExp(`\\b${metric}\\b`).test(text))
      const values = metrics.flatMap(([, labels]) => [...(labels.get(label) ?? [])])
      return Object.keys(names).length === 0
        ? []
        : values.filter(value => !(value in names) && !/^\d/.test(value)).map(value => `${where}: ${label} ${value}`)
    }),
  )

  expect([...new Set(unnamed)]).toEqual([])
})
