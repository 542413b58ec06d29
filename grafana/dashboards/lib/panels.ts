import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart'
import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  AxisPlacement,
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
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Gauge } from '@grafana/grafana-foundation-sdk/gauge'
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs'
import {
  PanelBuilder as PieChart,
  PieChartLegendOptionsBuilder,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'
import { exploreLogs, logsAround } from './links.ts'
import { type Query, sourceOf } from './queries.ts'

/** Where a value turns from good to bad: a colour from each value on; the first has none and is the colour below all. */
type Steps = readonly [null, string, ...(number | string)[]]

/** For what has no good and bad. */
const neutral: Steps = [null, 'blue']

/** A column or line that is shown unlike the rest of its panel. */
export interface Override {
  /** Name of the column or line; a regular expression between slashes. */
  of: string
  unit?: string
  decimals?: number
  thresholds?: Steps
  /** Coloured background by the thresholds. */
  coloured?: boolean
  bars?: boolean
  rightAxis?: boolean
  width?: number
  link?: { title: string; url: string }
}

export interface PanelSpec {
  title: string
  /** What it shows and what to think of it. */
  description: string
  unit: string
  queries: readonly Query[]
  thresholds?: Steps
  /** What stands there when there is nothing. */
  empty?: string
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

/** Lines over time; each point leads to the log lines around it. */
export const lines = (
  spec: PanelSpec & { stacked?: boolean; bars?: boolean; max?: number; signed?: boolean },
): PlacedLater => {
  const panel = new TimeSeries()
    .lineWidth(2)
    .fillOpacity(spec.stacked || spec.bars ? 40 : 8)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(legend())
    .dataLinks([asLink(logsAround), asLink(exploreLogs)])
  if (!spec.signed) panel.min(0)
  if (spec.max !== undefined) panel.axisSoftMax(spec.max)
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  if (spec.bars) panel.drawStyle(GraphDrawStyle.Bars)
  if ((spec.thresholds?.length ?? 0) > 2)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  return later(panel, spec, 12, 8)
}

/** A few numbers, large. */
export const numbers = (spec: PanelSpec & { spark?: boolean }): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(spec.spark ? BigValueGraphMode.Area : BigValueGraphMode.None)
      .textMode(BigValueTextMode.ValueAndName)
      .orientation(VizOrientation.Auto)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/.*/')),
    spec,
    8,
    7,
  )

/** One number on a scale with its limits. */
export const gauge = (spec: PanelSpec & { max: number }): PlacedLater =>
  later(
    new Gauge()
      .min(0)
      .max(spec.max)
      .showThresholdMarkers(true)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull'])),
    spec,
    12,
    8,
  )

export interface TableSpec extends PanelSpec {
  /** Numbers of Loki or Prometheus: their labels become columns, and this the name of the column with the number. */
  value?: string
  /** Columns that say nothing. */
  hide?: readonly string[]
}

export const table = (spec: TableSpec): PlacedLater => {
  const panel = new Table().showHeader(true)
  if (spec.value !== undefined) {
    panel
      .withTransformation({ id: 'labelsToFields', options: { mode: 'columns' } })
      .withTransformation({ id: 'merge', options: {} })
      .sortBy([new TableSortByFieldStateBuilder().displayName(spec.value).desc(true)])
  }
  const hidden = [...(spec.hide ?? []), ...(spec.value === undefined ? [] : ['Time'])]
  if (hidden.length > 0) {
    const renameByName = spec.value === undefined ? {} : { Value: spec.value, 'Value #A': spec.value }
    const excludeByName = Object.fromEntries(hidden.map(name => [name, true]))
    panel.withTransformation({ id: 'organize', options: { excludeByName, renameByName } })
  }
  return later(panel, spec, 24, 9)
}

/** One horizontal bar a row; `by` is the column with their names. */
export const bars = (spec: PanelSpec & { by: string }): PlacedLater =>
  later(
    new BarChart()
      .xField(spec.by)
      .orientation(VizOrientation.Horizontal)
      .showValue(VisibilityMode.Always)
      .barWidth(0.8)
      .min(0)
      .legend(legend().showLegend(false)),
    spec,
    12,
    9,
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
  )

/** Log lines, newest first. */
export const logLines = (spec: Omit<PanelSpec, 'unit'>): PlacedLater =>
  later(
    new Logs().showTime(true).wrapLogMessage(true).enableLogDetails(true).sortOrder(LogsSortOrder.Descending),
    { ...spec, unit: 'none' },
    24,
    14,
  )

const legend = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom)

const asLink = ({ title, url }: { title: string; url: string }): cog.Builder<DashboardLink> =>
  new DashboardLinkBuilder(title).url(url).targetBlank(true)

const asThresholds = (steps: Steps): ThresholdsConfig =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(readSteps(steps)).build()

function readSteps([, below, ...above]: Steps) {
  const steps: ThresholdsConfig['steps'] = [{ value: null, color: below }]
  for (let i = 0; i + 1 < above.length; i += 2) steps.push({ value: Number(above[i]), color: String(above[i + 1]) })
  return steps
}

/** What every panel builder can do. */
interface CommonBuilder extends cog.Builder<Panel> {
  id(id: number): this
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  decimals(decimals: number): this
  noValue(text: string): this
  thresholds(thresholds: cog.Builder<ThresholdsConfig>): this
  datasource(source: DataSourceRef): this
  withTarget(target: cog.Builder<cog.Dataquery>): this
  gridPos(place: GridPos): this
  overrideByName(name: string, properties: DynamicConfigValue[]): this
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): this
}

function later<B extends CommonBuilder>(panel: B, spec: PanelSpec, width: number, height: number): PlacedLater {
  panel
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .noValue(spec.empty ?? 'нет данных')
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(readSteps(spec.thresholds ?? neutral)),
    )
    .datasource(sourceOf(spec.queries))
  if (spec.decimals !== undefined) panel.decimals(spec.decimals)
  for (const [i, query] of spec.queries.entries()) panel.withTarget(query.as(String.fromCharCode(65 + i)))
  for (const override of spec.overrides ?? []) {
    const pattern = /^\/(.*)\/$/.exec(override.of)
    if (pattern) panel.overrideByRegexp(override.of, properties(override))
    else panel.overrideByName(override.of, properties(override))
  }
  return {
    width: spec.width ?? width,
    height: spec.height ?? height,
    at: (id, place) => panel.id(id).gridPos(place),
  }
}

function properties(override: Override): DynamicConfigValue[] {
  const { unit, decimals, thresholds, coloured, bars: asBars, rightAxis, width, link } = override
  const found: (DynamicConfigValue | false)[] = [
    unit !== undefined && { id: 'unit', value: unit },
    decimals !== undefined && { id: 'decimals', value: decimals },
    thresholds !== undefined && { id: 'thresholds', value: asThresholds(thresholds) },
    coloured === true && { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    asBars === true && { id: 'custom.drawStyle', value: GraphDrawStyle.Bars },
    asBars === true && { id: 'custom.fillOpacity', value: 40 },
    rightAxis === true && { id: 'custom.axisPlacement', value: AxisPlacement.Right },
    width !== undefined && { id: 'custom.width', value: width },
    link !== undefined && { id: 'links', value: [{ ...link, targetBlank: false }] },
  ]
  return found.filter(property => property !== false)
}
