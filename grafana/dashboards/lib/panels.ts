import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart'
import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import { type DashboardLink, DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs'
import {
  PanelBuilder as PieChart,
  PieChartLegendOptionsBuilder,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'
import { exploreLogs, logsAround } from './links.ts'
import { later, noNumber, noSeries, type PanelSpec, type PlacedLater } from './panel.ts'
import { promql, promqlNow } from './queries.ts'

export interface LinesSpec extends PanelSpec {
  stacked?: boolean
  bars?: boolean
  max?: number
  /** Can be below zero. */
  signed?: boolean
  /** The data source may know only the last hours of the axis: a single sample is not drawn as a dot. */
  sparse?: boolean
}

/**
 * Lines over time; each point leads to the log lines around it. A share has the axis of a share, to 100 %. What was zero all
 * the time has no row in the legend.
 */
export const lines = (spec: LinesSpec): PlacedLater => {
  const panel = new TimeSeries()
    .lineWidth(2)
    .fillOpacity(spec.stacked || spec.bars ? 40 : 8)
    .showPoints(spec.sparse ? VisibilityMode.Never : VisibilityMode.Auto)
    .spanNulls(false)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(legend().displayMode(LegendDisplayMode.Table).calcs(['lastNotNull']))
    .dataLinks([asLink(logsAround), asLink(exploreLogs)])
    .withOverride({
      matcher: { id: 'byValue', options: { op: 'gte', reducer: 'allIsZero', value: 0 } },
      properties: [{ id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: false } }],
    })
  if (!spec.signed) panel.min(0)
  if (spec.unit === 'percent') panel.max(100)
  if (spec.max !== undefined) panel.axisSoftMax(spec.max)
  if (spec.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  if (spec.bars) panel.drawStyle(GraphDrawStyle.Bars)
  if ((spec.thresholds?.length ?? 0) > 2)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  return later(panel, spec, 12, 9, noSeries)
}

/** A few numbers, large. Only numbers: without `fields` the time of a sample would be one of them. */
export const numbers = (spec: PanelSpec & { namesOnly?: boolean }): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
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

/** A number of Prometheus as it is now, over the line of the period, beside what it was a day before. */
export const nowTile = ({ expr, ...spec }: Omit<PanelSpec, 'queries'> & { expr: string }): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.Area)
      .textMode(BigValueTextMode.ValueAndName)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('')),
    {
      ...spec,
      queries: [promql(expr, 'сейчас'), promqlNow(`last_over_time((${expr})[5m:1m] offset 1d)`, 'сутки назад')],
    },
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

/** One horizontal bar a row; `by` is the column with their names. Stacked: what is missing to the row before, behind it. */
export const bars = (spec: PanelSpec & { by: string; stacked?: boolean }): PlacedLater => {
  const panel = new BarChart()
    .xField(spec.by)
    .stacking(spec.stacked ? StackingMode.Normal : StackingMode.None)
    .orientation(VizOrientation.Horizontal)
    .showValue(VisibilityMode.Always)
    .barWidth(0.8)
    .min(0)
    .legend(legend().showLegend(false))
  if (spec.unit === 'percent') panel.max(100)
  return later(panel, spec, 12, 9, noNumber)
}

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
