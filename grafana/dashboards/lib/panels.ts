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
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardLink,
  DashboardLinkBuilder,
  MappingType,
  SpecialValueMatch,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs'
import {
  PanelBuilder as PieChart,
  PieChartLabels,
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
  // with an outline a part of a stack that is zero hides the colour of the one below it
  const filled = spec.stacked === true || spec.bars === true
  const panel = new TimeSeries()
    .lineWidth(filled ? 0 : 2)
    .fillOpacity(filled ? 70 : 8)
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
  // bars of seconds would be as thin as a hair
  if (spec.bars) panel.drawStyle(GraphDrawStyle.Bars).interval('1m')
  if ((spec.thresholds?.length ?? 0) > 2)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
  return later(panel, spec, 12, 9, noSeries)
}

/** Height of a text, in pixels: sized to its place each beside the other would have another. */
const textPx = 28

/** A few numbers, large. Only numbers: without `fields` the time of a sample would be one of them. */
export const numbers = (spec: PanelSpec): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .textMode(BigValueTextMode.ValueAndName)
      .orientation(VizOrientation.Auto)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('')),
    spec,
    8,
    7,
    noNumber,
  )

interface NowTileSpec extends Omit<PanelSpec, 'queries'> {
  expr: string
  hours?: number
}

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

/**
 * A number of Prometheus as it is now, over the line of the period, beside what it was a day before. A share of nothing and
 * a quantile of nothing are NaN: neither that nor the last one that was a number is what is now. On a dashboard of days
 * it has a time of its own in hours: the last point of a month is up to a quarter of a day old.
 */
export const nowTile = ({ expr, hours, ...spec }: NowTileSpec): PlacedLater => {
  const panel = new Stat()
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .textMode(BigValueTextMode.ValueAndName)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['last']).fields(''))
    .mappings([
      { type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NotANumber, result: { text: noNumber } } },
    ])
  if (hours !== undefined) panel.timeFrom(`${hours}h`).hideTimeOverride(true)
  return later(
    panel,
    {
      ...spec,
      queries: [promql(expr, 'сейчас'), promqlNow(`last_over_time((${expr})[5m:1m] offset 1d)`, 'сутки назад')],
    },
    4,
    5,
    noNumber,
  )
}

/** A text of a row, large: that of SQL's column `Значение`, or of another. */
export const words = ({ field = 'Значение', ...spec }: PanelSpec & { field?: string }): PlacedLater =>
  later(
    new Stat()
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .textMode(BigValueTextMode.Value)
      .text(new VizTextDisplayOptionsBuilder().valueSize(textPx))
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields(field)),
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
    // in a stack the number of one part stands on the next
    .showValue(spec.stacked ? VisibilityMode.Never : VisibilityMode.Always)
    .text(new VizTextDisplayOptionsBuilder().valueSize(14))
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
      )
      .displayLabels([PieChartLabels.Value]),
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
