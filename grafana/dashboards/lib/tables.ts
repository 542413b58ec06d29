import { FieldTextAlignment, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { z } from 'zod'
import { type Override, thresholdsOf } from './field-settings.ts'
import { later, noNumber, type PanelSpec, type PlacedLater } from './panel.ts'
import { promqlNow, type Query } from './queries.ts'
import { columnOf, namesOfValues } from './series-names.ts'
import { dateAndTime, unitOf } from './units.ts'

export interface TableSpec extends PanelSpec {
  /** Numbers of Loki or Prometheus: their labels become columns, and this the name of the column with the number. */
  value?: string
  /** Columns that say nothing. */
  hide?: readonly string[]
}

export const table = (spec: TableSpec): PlacedLater => {
  const panel = plainTable([...spec.queries.flatMap(columnsOfSql), ...(spec.value === undefined ? [] : [spec.value])])
  if (spec.value !== undefined) {
    panel
      .withTransformation({ id: 'labelsToFields', options: { mode: 'columns' } })
      .withTransformation({ id: 'merge', options: {} })
      .sortBy([new TableSortByFieldStateBuilder().displayName(spec.value).desc(true)])
  }
  const labels = spec.queries.flatMap(labelsOfRows)
  const hidden = [...(spec.hide ?? []), ...(spec.value === undefined ? [] : ['Time'])]
  if (labels.length > 0 || hidden.length > 0) {
    const values = spec.value === undefined ? {} : { Value: spec.value, 'Value #A': spec.value }
    const renameByName = { ...Object.fromEntries(labels.map(label => [label, columnOf(label)])), ...values }
    const excludeByName = Object.fromEntries(hidden.map(name => [name, true]))
    panel.withTransformation({ id: 'organize', options: { excludeByName, renameByName } })
  }
  const named = labels.map((label): Override => ({ of: columnOf(label), values: namesOfValues(label) }))
  return later(panel, { ...spec, overrides: [...named, ...(spec.overrides ?? [])] }, 24, 9, noNumber)
}

/**
 * The least width of a column that has none of its own, in pixels. Grafana takes 150 for all, with which seven columns are
 * wider than half a desk; a text needs them, on a phone beside a scroll bar.
 */
const narrowestPx = { number: 80, string: 150, time: 170 } as const

/** Of the name of a column with the space around it, in pixels. */
const headPx = (name: string): number => 26 + 8 * name.length

const columnsOfSql = (query: Query): string[] => {
  const { rawSql = '' } = RowsTarget.parse(query.as('A').build())
  return [...rawSql.matchAll(/ as "([^"]+)"/g)].map(([, name = '']) => name)
}

/**
 * A table that writes texts as they are, whatever digits they hold, and times without milliseconds. `names` are those of its
 * columns, each wide enough for its own.
 */
const plainTable = (names: readonly string[] = []) => {
  const panel = new Table().showHeader(true).minWidth(narrowestPx.number)
  for (const name of names.filter(each => headPx(each) > narrowestPx.number))
    panel.overrideByName(name, [{ id: 'custom.minWidth', value: headPx(name) }])
  return panel
    .overrideByFieldType('string', [
      { id: 'unit', value: unitOf('text') },
      { id: 'custom.minWidth', value: narrowestPx.string },
    ])
    .overrideByFieldType('time', [
      { id: 'unit', value: dateAndTime },
      { id: 'custom.minWidth', value: narrowestPx.time },
    ])
}

const RowsTarget = z.looseObject({
  rawSql: z.string().optional(),
  expr: z.string().optional(),
  instant: z.boolean().optional(),
  queryType: z.string().optional(),
})

/** Labels that a query sums by and answers as rows. */
function labelsOfRows(query: Query): string[] {
  const { expr, instant, queryType } = RowsTarget.parse(query.as('A').build())
  if (instant !== true && queryType !== 'instant') return []
  return (/\bby \(([\w, ]+)\)/.exec(expr ?? '')?.[1] ?? '').split(', ').filter(Boolean)
}

/** Shares as text («34 %») from pale to full green; what is written in another way has no colour, what is not there is empty. */
const shades = [
  ['0', 0.12],
  ['[1-9]', 0.25],
  ['1\\d', 0.4],
  ['2\\d', 0.55],
  ['[34]\\d', 0.7],
  ['[5-7]\\d', 0.85],
  ['(?:[89]\\d|100)', 1],
] as const

/** A table whose `cells` (a regular expression of their columns) are coloured by their share. */
export const heatMap = (spec: PanelSpec & { cells: string }): PlacedLater => {
  const mappings = shades.map(([percent, depth], index) => ({
    type: 'regex',
    options: { pattern: `/^${percent} %$/`, result: { color: `rgba(31, 138, 76, ${depth})`, index } },
  }))
  const panel = plainTable().overrideByRegexp(spec.cells, [
    { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    { id: 'custom.width', value: 70 },
    { id: 'custom.align', value: 'center' },
    { id: 'thresholds', value: thresholdsOf([null, 'transparent']).build() },
    { id: 'noValue', value: ' ' },
    { id: 'mappings', value: mappings },
  ])
  return later(panel, spec, 24, 11, noNumber)
}

export interface LineTableSpec extends PanelSpec {
  /** Labels that the query reads from the lines, by the names of their columns, in order. */
  columns: Readonly<Record<string, string>>
  /** Labels that are numbers. */
  numeric: readonly string[]
  /** The label whose numbers order the rows. */
  order: string
}

/** Log lines as rows, the values that the query reads from them as columns. */
export const lineTable = (spec: LineTableSpec): PlacedLater => {
  const labels = Object.keys(spec.columns)
  const linksOfLines = ['Все строки запроса', 'Этот запрос'] // of provisioning/datasources: each is a field too
  const others = [
    ...linksOfLines,
    'Time',
    'Line',
    'labels',
    'labelTypes',
    'tsNs',
    'id',
    'service_name',
    'env',
    'level',
    '__error__',
  ]
  const panel = plainTable()
    .withTransformation({ id: 'extractFields', options: { source: 'labels', format: 'auto', replace: false } })
    .withTransformation({
      id: 'convertFieldType',
      options: { conversions: spec.numeric.map(targetField => ({ targetField, destinationType: 'number' })) },
    })
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: spec.order, desc: false }] } })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(others.map(name => [name, true])),
        indexByName: Object.fromEntries(labels.map((name, i) => [name, i])),
        renameByName: spec.columns,
      },
    })
  const named = Object.entries(spec.columns).map(([label, of]): Override => ({ of, values: namesOfValues(label) }))
  return later(panel, { ...spec, overrides: [...named, ...(spec.overrides ?? [])] }, 24, 14, noNumber)
}

/** Services by whether they are well, each with since when: `state` is 1 or 0 by the label `check`. */
export const lights = (spec: Omit<PanelSpec, 'queries' | 'unit'> & { state: string }): PlacedLater => {
  const { state } = spec
  const lastTime = (value: 0 | 1) => `max_over_time(((${state} == bool ${value}) * time())[3d:1m]) > 0`
  const firstSeen = `min_over_time((0 * ${state} + time())[3d:1m])`
  const since = `1000 * (((${lastTime(0)}) and ${state} == 1) or ((${lastTime(1)}) and ${state} == 0) or ${firstSeen})`
  const panel = plainTable()
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: { check: 'Служба', 'Value #A': 'Состояние', 'Value #B': 'С какого времени' },
      },
    })
  const overrides: Override[] = [
    { of: 'Служба', values: namesOfValues('check') },
    {
      of: 'Состояние',
      width: 110,
      thresholds: [null, 'red', 1, 'green'],
      coloured: true,
      words: { 0: 'не отвечает', 1: 'в порядке' },
    },
    { of: 'С какого времени', unit: 'moment', width: 150 },
  ]
  const queries = [promqlNow(state, '', true), promqlNow(since, '', true)]
  return later(panel, { ...spec, unit: 'count', queries, overrides }, 12, 9, noNumber)
}

/** Since when Prometheus has samples: graphs over a longer time are empty before, not zero. */
export const countsSince = (): PlacedLater => {
  const name = 'Prometheus считает с'
  const panel = plainTable()
    .align(FieldTextAlignment.Left)
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: { Value: name } },
    })
  const spec: PanelSpec = {
    title: 'С какого времени считает Prometheus',
    description: 'Раньше этого в выбранном периоде он не работал или его данные удалены: графики ниже там пусты.',
    unit: 'moment',
    queries: [promqlNow('1000 * min(min_over_time(timestamp(up{job="prometheus"})[$__range:5m]))', '', true)],
  }
  return later(panel, spec, 24, 4, noNumber)
}
