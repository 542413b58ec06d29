import { expect, test } from 'vitest'
import { dashboards } from './all.ts'
import { checkLook } from './lib/check-look.ts'
import { dashboard } from './lib/dashboard.ts'
import { daySeries } from './lib/days.ts'
import { lines, numbers, type PlacedLater } from './lib/panels.ts'
import { promqlNow } from './lib/queries.ts'

const json = (value: unknown) => JSON.parse(JSON.stringify(value))
const board = (panel: PlacedLater) =>
  json(
    dashboard({
      ...{ uid: 'bot-x', title: 'Доска', description: 'x', range: 'days' },
      rows: [{ title: 'Ряд', panels: [panel] }],
    }),
  )
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
const stat = () =>
  board(
    numbers({ title: 'Потрачено', description: 'x', unit: 'rub', decimals: 0, queries: [promqlNow('x', 'Рублей')] }),
  )

/** The board with another value at a place of its only panel, such as `fieldConfig.defaults.unit`. */
function broken(whole: unknown, place: string, value: unknown): unknown {
  const keys = ['panels', '1', ...place.split('.')]
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
  ['an axis to 10000 %', graph, 'fieldConfig.defaults', { unit: 'percentunit', min: 0, custom: {} }, /0 to 100 %/],
  ['such an axis of one line', graph, overrides, override('Корзины', { unit: 'percentunit', min: 0 }), /0 to 100 %/],
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
])('%s is found', (_, panel, place, value, problem) => {
  expect(checkLook([broken(panel(), place, value)]).join('\n')).toMatch(problem)
})

test('one name in two colours is found, on whatever dashboards', () => {
  const coloured = (colour: string) =>
    broken(graph(), overrides, override('Хабр', { color: { mode: 'fixed', fixedColor: colour } }))

  expect(checkLook([coloured('red'), coloured('red')])).toEqual([])
  expect(checkLook([coloured('red'), coloured('green')])).toEqual(['Хабр has more than one colour'])
})
