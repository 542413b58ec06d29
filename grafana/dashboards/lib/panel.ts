import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common'
import type { DynamicConfigValue, GridPos, Panel, ThresholdsConfig } from '@grafana/grafana-foundation-sdk/dashboard'
import { z } from 'zod'
import { fieldSettings, neutral, type Override, type Steps, thresholdsOf } from './field-settings.ts'
import { type Query, sourceOf } from './queries.ts'
import { decimalsOf, type Unit, unitOf } from './units.ts'

/** What all panels have. */

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
export const noNumber = '—'
export const noSeries = 'нет данных'

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
  overrideByQuery(letter: string, properties: DynamicConfigValue[]): this
}

const MomentOfLoki = z.looseObject({
  refId: z.string(),
  queryType: z.literal('instant'),
  legendFormat: z.string().min(1),
})

/** Grafana makes a table of what Loki answers for one moment, and calls its number «Value #A» whatever the legend says. */
const lettersOfLegends = (targets: readonly unknown[]): ReadonlyMap<string, string> =>
  new Map(
    targets.flatMap(target => {
      const { data } = MomentOfLoki.safeParse(target)
      return data === undefined ? [] : [[data.legendFormat, data.refId] as const]
    }),
  )

export function later<B extends CommonBuilder>(
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
  const decimals = spec.decimals ?? decimalsOf(spec.unit)
  if (decimals !== undefined) panel.decimals(decimals)
  const targets = spec.queries.map((query, i) => query.as(String.fromCharCode(65 + i)))
  for (const target of targets) panel.withTarget(target)
  const built = targets.map(target => target.build())
  const letters = lettersOfLegends(built)
  for (const [legend, letter] of letters) panel.overrideByQuery(letter, [{ id: 'displayName', value: legend }])
  for (const [of, properties] of fieldSettings(JSON.stringify(built), spec.names ?? {}, spec.overrides ?? [])) {
    const letter = letters.get(of)
    if (letter !== undefined) panel.overrideByQuery(letter, properties)
    else if (of.startsWith('/')) panel.overrideByRegexp(of, properties)
    else panel.overrideByName(of, properties)
  }
  return {
    width: spec.width ?? width,
    height: spec.height ?? height,
    at: (id, place) => panel.id(id).gridPos(place),
  }
}
