import { AxisPlacement, GraphDrawStyle } from '@grafana/grafana-foundation-sdk/common'
import {
  type DynamicConfigValue,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { colouredNames, colourOf } from './colours.ts'
import { runningSuffix } from './days.ts'
import { namesOf } from './series-names.ts'
import { decimalsOf, type Unit, unitOf } from './units.ts'

/** How single columns and lines of a panel are shown: names, colours, units, thresholds, the running day. */

/** Where a value turns from good to bad: a colour from each value on; the first has none and is the colour below all. */
export type Steps = readonly [null, string, ...(number | string)[]]

/** For what has no good and bad. */
export const neutral: Steps = [null, 'blue']

/** A column or line that is shown unlike the rest of its panel. */
export interface Override {
  /** Name of the column or line; a regular expression between slashes. */
  of: string
  unit?: Unit
  decimals?: number
  thresholds?: Steps
  /** Coloured background by the thresholds. */
  coloured?: boolean
  /** A bar in each cell, as long as its number beside the largest. */
  gauge?: boolean
  bars?: boolean
  rightAxis?: boolean
  width?: number
  link?: { title: string; url: string }
  /** What stands there instead of a value. */
  words?: Readonly<Record<number, string>>
  /** What stands there instead of a text. */
  values?: Readonly<Record<string, string>>
}

export const thresholdsOf = (steps: Steps): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(readSteps(steps))

function readSteps([, below, ...above]: Steps) {
  const steps: ThresholdsConfig['steps'] = [{ value: null, color: below }]
  for (let i = 0; i + 1 < above.length; i += 2) steps.push({ value: Number(above[i]), color: String(above[i + 1]) })
  return steps
}

/** Settings of single columns and lines, each with the name or (between slashes) the pattern it is for; later ones win. */
export function fieldSettings(
  queries: string,
  names: Readonly<Record<string, string>>,
  overrides: readonly Override[],
): (readonly [of: string, properties: DynamicConfigValue[]])[] {
  return [
    ...named(queries, { ...namesOfLegends(queries), ...names }),
    ...(queries.includes(runningSuffix) ? [[`/${escapeRegExp(runningSuffix)}$/`, running] as const] : []),
    ...overrides.map(override => [override.of, properties(override)] as const),
  ]
}

const escapeRegExp = (text: string): string => text.replace(/[()]/g, '\\$&')

const namesOfLegends = (queries: string): Record<string, string> =>
  Object.assign({}, ...[...queries.matchAll(/"legendFormat":"([^"]*)"/g)].map(([, legend = '']) => namesOf(legend)))

/** Names and colours of the series that a panel can have: those its queries write, and the code's own with their Russian name. */
function named(queries: string, names: Readonly<Record<string, string>>): [string, DynamicConfigValue[]][] {
  const fixed = (name: string): DynamicConfigValue[] => {
    const colour = colourOf(name)
    return colour === undefined ? [] : [{ id: 'color', value: { mode: 'fixed', fixedColor: colour } }]
  }
  const written = colouredNames.filter(name =>
    [`"${name}\\"`, `'${name}'`, `"${name}"`].some(each => queries.includes(each)),
  )
  const withRunning = written.flatMap(name => [
    name,
    ...(queries.includes(`${name}${runningSuffix}`) ? [name + runningSuffix] : []),
  ])
  return [
    ...withRunning.map((name): [string, DynamicConfigValue[]] => [name, fixed(name.replace(runningSuffix, ''))]),
    ...Object.entries(names).map(([name, russian]): [string, DynamicConfigValue[]] => [
      name,
      [{ id: 'displayName', value: russian }, ...fixed(russian)],
    ]),
  ]
}

/** The running day: a dotted line, a hollow bar, no row of its own in the legend. */
const running: DynamicConfigValue[] = [
  { id: 'custom.lineStyle', value: { fill: 'dot', dash: [0, 8] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
]

function properties(override: Override): DynamicConfigValue[] {
  const { unit, thresholds, coloured, gauge, bars: asBars, rightAxis, width, link, words, values = {} } = override
  const decimals = override.decimals ?? (unit === undefined ? undefined : decimalsOf(unit))
  const found: (DynamicConfigValue | false)[] = [
    unit !== undefined && { id: 'unit', value: unitOf(unit) },
    unit === 'percent' && { id: 'min', value: 0 },
    unit === 'percent' && { id: 'max', value: 100 },
    decimals !== undefined && { id: 'decimals', value: decimals },
    thresholds !== undefined && { id: 'thresholds', value: thresholdsOf(thresholds).build() },
    coloured === true && { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    gauge === true && { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
    asBars === true && { id: 'custom.drawStyle', value: GraphDrawStyle.Bars },
    asBars === true && { id: 'custom.fillOpacity', value: 40 },
    rightAxis === true && { id: 'custom.axisPlacement', value: AxisPlacement.Right },
    width !== undefined && { id: 'custom.width', value: width },
    words !== undefined && { id: 'mappings', value: [{ type: 'value', options: mapped(words) }] },
    Object.keys(values).length > 0 && { id: 'mappings', value: [{ type: 'value', options: mapped(values) }] },
    link !== undefined && { id: 'links', value: [{ ...link, targetBlank: false }] },
  ]
  return found.filter(property => property !== false)
}

const mapped = (words: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { text, index }]))
