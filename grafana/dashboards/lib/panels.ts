import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart'
import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  type DataSourceRef,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardLink,
  DashboardLinkBuilder,
  type DynamicConfigValue,
  type GridPos,
  type Panel,
  type ThresholdsConfig,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs'
import {
  PanelBuilder as PieChart,
  PieChartLegendOptionsBuilder,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'
import { z } from 'zod'
import { fieldSettings, neutral, type Override, type Steps, thresholdsOf } from './field-settings.ts'
import { exploreLogs, logsAround } from './links.ts'
import { type Query, sourceOf } from './queries.ts'
import { columnOf, namesOfValues } from './series-names.ts'
import { dateAndTime, decimalsOf, type Unit, unitOf } from './units.ts'

export interface PanelSpec {
  title: string
  /** What it shows and what to think of it. */
  description: string
  unit: Unit
  queries: readonly Query[]
  thresholds?: Steps
  /** What series are called that carry the code's own names. */
  names?: Readonly<Record<string, string>>
  decimals?: number
  width?: number
  height?: number
  overrides?: readonly Override[]
}

/** A panel that waits for its place. */
export interface PlacedLater {
  width: number
  height: number
  at(id: number, place: GridPos): cog.Builder<Panel>
}

/** What stands where there is no number; what that means, the description says: an error looks the same. */
const noNumber = '—'
const noSeries = 'нет данных'

/** Lines over time; each point leads to the log lines around it. A share has the axis of a share, to 100 %. */
export const lines = (
  spec: PanelSpec & { stacked?: boolean; bars?: boolean; max?: number; signed?: boolean },
): PlacedLater => {
  const panel = new TimeSeries()
    .lineWidth(2)
    .fillOpacity(spec.stacked || spec.bars ? 40 : 8)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(legend().displayMode(LegendDisplayMode.Table).calcs(['lastNotNull']))
    .dataLinks([asLink(logsAround), asLink(exploreLogs)])
  if (!spec.signed) panel.min(0)
  if (spec.max !== undefined) panel.axisSoftMax(spec.max)
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  if (spec.bars) panel.drawStyle(GraphDrawStyle.Bars)
  if ((spec.thresholds?.length ?? 0) > 2)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  return later(panel, spec, 12, 9, noSeries)
}

/** A few numbers, large, or as lights. Only numbers: without `fields` the time of a sample would be one of them. */
export const numbers = (spec: PanelSpec & { lights?: boolean; namesOnly?: boolean }): PlacedLater =>
  later(
    new Stat()
      .colorMode(spec.lights ? BigValueColorMode.Background : BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .textMode(spec.namesOnly ? BigValueTextMode.Name : BigValueTextMode.ValueAndName)
      .orientation(VizOrientation.Auto)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('')),
    spec,
    8,
    7,
    noNumber,
  )

/** One number of the period with its change, as `numberSeries` names it, over a sparkline of its days. */
export const tile = (spec: PanelSpec): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.Area)
      .textMode(BigValueTextMode.Name)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['mean']).fields('')),
    spec,
    4,
    5,
    noNumber,
  )

/** A text that SQL has written, large: the column `Значение` of its row. */
export const words = (spec: PanelSpec): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .textMode(BigValueTextMode.Value)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('Значение')),
    spec,
    8,
    5,
    noNumber,
  )

export interface TableSpec extends PanelSpec {
  /** Numbers of Loki or Prometheus: their labels become columns, and this the name of the column with the number. */
  value?: string
  /** Columns that say nothing. */
  hide?: readonly string[]
}

export const table = (spec: TableSpec): PlacedLater => {
  const panel = plainTable()
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

/** A table that writes texts as they are, whatever digits they hold, and times without milliseconds. */
const plainTable = () =>
  new Table()
    .showHeader(true)
    .overrideByFieldType('string', [{ id: 'unit', value: unitOf('text') }])
    .overrideByFieldType('time', [{ id: 'unit', value: dateAndTime }])

const RowsTarget = z.looseObject({
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
  const others = ['Time', 'Line', 'labels', 'labelTypes', 'tsNs', 'id', 'service_name', 'env', 'level', '__error__']
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
  return later(panel, spec, 24, 14, noNumber)
}

/** One horizontal bar a row; `by` is the column with their names. Stacked: what is missing to the row before, behind it. */
export const bars = (spec: PanelSpec & { by: string; stacked?: boolean }): PlacedLater =>
  later(
    new BarChart()
      .xField(spec.by)
      .stacking(spec.stacked ? StackingMode.Normal : StackingMode.None)
      .orientation(VizOrientation.Horizontal)
      .showValue(VisibilityMode.Always)
      .barWidth(0.8)
      .min(0)
      .legend(legend().showLegend(false)),
    spec,
    12,
    9,
    noNumber,
  )

/** Shares of a whole, one piece a row. */
export const shares = (spec: PanelSpec): PlacedLater =>
  later(
    new PieChart()
      .pieType(PieChartType.Donut)
      .reduceOptions(new ReduceDataOptionsBuilder().values(true).calcs(['lastNotNull']))
      .legend(
        new PieChartLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      ),
    spec,
    12,
    9,
    noNumber,
  )

/** Log lines, newest first. */
export const logLines = (spec: Omit<PanelSpec, 'unit'>): PlacedLater =>
  later(
    new Logs().showTime(true).wrapLogMessage(true).enableLogDetails(true).sortOrder(LogsSortOrder.Descending),
    { ...spec, unit: 'text' },
    24,
    14,
    noSeries,
  )

const legend = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom)

const asLink = ({ title, url }: { title: string; url: string }): cog.Builder<DashboardLink> =>
  new DashboardLinkBuilder(title).url(url).targetBlank(true)

/** What every panel builder can do. */
interface CommonBuilder extends cog.Builder<Panel> {
  id(id: number): this
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  decimals(decimals: number): this
  min(min: number): this
  max(max: number): this
  noValue(text: string): this
  thresholds(thresholds: cog.Builder<ThresholdsConfig>): this
  datasource(source: DataSourceRef): this
  withTarget(target: cog.Builder<cog.Dataquery>): this
  gridPos(place: GridPos): this
  overrideByName(name: string, properties: DynamicConfigValue[]): this
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): this
}

function later<B extends CommonBuilder>(
  panel: B,
  spec: PanelSpec,
  width: number,
  height: number,
  noValue: string,
): PlacedLater {
  panel
    .title(spec.title)
    .description(spec.description)
    .unit(unitOf(spec.unit))
    .noValue(noValue)
    .thresholds(thresholdsOf(spec.thresholds ?? neutral))
    .datasource(sourceOf(spec.queries))
  if (spec.unit === 'share') panel.min(0).max(1)
  const decimals = spec.decimals ?? decimalsOf(spec.unit)
  if (decimals !== undefined) panel.decimals(decimals)
  const targets = spec.queries.map((query, i) => query.as(String.fromCharCode(65 + i)))
  for (const target of targets) panel.withTarget(target)
  const text = JSON.stringify(targets.map(target => target.build()))
  for (const [of, properties] of fieldSettings(text, spec.names ?? {}, spec.overrides ?? [])) {
    if (of.startsWith('/')) panel.overrideByRegexp(of, properties)
    else panel.overrideByName(of, properties)
  }
  return {
    width: spec.width ?? width,
    height: spec.height ?? height,
    at: (id, place) => panel.id(id).gridPos(place),
  }
}
