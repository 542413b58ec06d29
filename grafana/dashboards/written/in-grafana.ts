import { readFileSync, writeFileSync } from 'node:fs'
import {
  applyFieldOverrides,
  createDataFrame,
  createTheme,
  type DataFrame,
  displayNameOverrideProcessor,
  type Field,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  getFieldDisplayValues,
  identityOverrideProcessor,
  reduceField,
  standardTransformers,
  standardTransformersRegistry,
  systemDateFormats,
  transformDataFrame,
} from '@grafana/data'
import type { Played, Request, Written } from './written.ts'

/**
 * Runs Grafana's own code over panels and their frames: arguments are a file with a `Request`, and one for what is written. Bundled by
 * `written.ts`, since Node cannot load the package as it is; the locale of the process is that of the browser.
 */

const theme = createTheme()
const asIs = (value: string) => value
const nothing = () => null

async function show({ panel, frames }: Played): Promise<Written[]> {
  const transformations = panel.transformations ?? []
  const data = await new Promise<DataFrame[]>((resolve, reject) => {
    const made = frames.map(({ refId, fields }) =>
      createDataFrame({ refId, fields: fields.map(field => ({ ...field, type: FieldType[field.type] })) }),
    )
    transformDataFrame([...transformations], made).subscribe({ next: resolve, error: reject })
  })
  const fieldConfig = withFirstStep(panel.fieldConfig)
  const shown = applyFieldOverrides({
    ...{ data, fieldConfig, fieldConfigRegistry: fieldOptions(), replaceVariables: asIs, theme, timeZone },
  })
  switch (panel.type) {
    case 'stat':
    case 'gauge':
    case 'piechart':
      return ofNumbers(panel, shown, fieldConfig)
    case 'timeseries':
      return shown.flatMap(frame => ofLegend(frame, shown, panel.options.legend?.calcs ?? []))
    default:
      return shown.flatMap(frame => ofCells(frame, shown))
  }
}

/** What the first of the colours begins with, Grafana fills in when it loads a dashboard. */
function withFirstStep(source: FieldConfigSource): FieldConfigSource {
  const whole = structuredClone(source)
  const all = [whole.defaults.thresholds, ...whole.overrides.flatMap(({ properties }) => properties.map(p => p.value))]
  for (const each of all)
    for (const step of each?.steps ?? []) if (step.value === null) step.value = Number.NEGATIVE_INFINITY
  return whole
}

/** The settings of a field that decide on what is written; Grafana registers the same, each with its editor. */
function fieldOptions(): FieldConfigOptionsRegistry {
  const numeric = ['min', 'max', 'decimals', 'thresholds']
  const standard = ['unit', 'displayName', 'noValue', 'mappings', 'color', 'links', ...numeric].map(id =>
    option(id, { shouldApply: field => !numeric.includes(id) || field.type === FieldType.number }),
  )
  const custom = option('custom.hideFrom', { path: 'hideFrom', isCustom: true })
  const registry = new FieldConfigOptionsRegistry(() => [...standard, custom])
  return registry
}

const option = (id: string, more: Partial<FieldConfigPropertyItem>): FieldConfigPropertyItem => ({
  ...{ id, path: id, name: id, editor: nothing, override: nothing, shouldApply: () => true },
  process: id === 'displayName' ? displayNameOverrideProcessor : identityOverrideProcessor,
  ...more,
})

const kindOf = ({ type, config }: Field): Written['kind'] => {
  if (type === FieldType.time || config.unit?.startsWith('time:')) return 'time'
  return type === FieldType.number ? 'number' : 'text'
}

function ofNumbers(panel: Played['panel'], data: DataFrame[], fieldConfig: FieldConfigSource): Written[] {
  const { reduceOptions, textMode } = panel.options
  if (reduceOptions === undefined) throw new TypeError(`${panel.title}: no way to make one number of a series`)
  const values = getFieldDisplayValues({
    ...{ data, fieldConfig, replaceVariables: asIs, reduceOptions: { ...reduceOptions }, theme, timeZone },
  })
  return values.map(({ display, colIndex }) => {
    const field = colIndex === undefined ? undefined : data.flatMap(({ fields }) => fields)[colIndex]
    const empty = Number.isNaN(display.numeric) && display.text === fieldConfig.defaults.noValue
    return {
      name: textMode === 'value' ? '' : (display.title ?? ''),
      text: textMode === 'name' ? '' : formattedValueToString(display),
      kind: empty ? 'nothing' : field === undefined ? 'number' : kindOf(field),
      ...(display.color === undefined ? {} : { colour: display.color }),
    }
  })
}

/** Legend of a graph: each line with its last value, and with the largest, which the axis shows. */
function ofLegend(frame: DataFrame, data: DataFrame[], calcs: readonly string[]): Written[] {
  return frame.fields
    .filter(field => field.type === FieldType.number && field.config.custom?.hideFrom?.legend !== true)
    .flatMap(field => {
      const name = getFieldDisplayName(field, frame, data)
      const numbers = reduceField({ field, reducers: [...calcs, 'max'] })
      return [...calcs, 'max'].map(calc => textOf(field, numbers[calc], name))
    })
}

const rowsShown = 60

const ofCells = (frame: DataFrame, data: DataFrame[]): Written[] =>
  frame.fields.flatMap(field =>
    [...field.values].slice(0, rowsShown).map(value => textOf(field, value, getFieldDisplayName(field, frame, data))),
  )

function textOf(field: Field, value: unknown, name: string): Written {
  const display = field.display?.(value)
  if (display === undefined) throw new TypeError(`${name}: nothing to show it with`)
  const empty = value === null || value === undefined || value === ''
  return {
    ...{ name, text: formattedValueToString(display), kind: empty ? 'nothing' : kindOf(field) },
    ...(kindOf(field) === 'text' && !empty ? { given: String(value) } : {}),
  }
}

const [, , input = '', output = ''] = process.argv
const { systemDates, timeZone, played }: Request = JSON.parse(readFileSync(input, 'utf8'))
systemDateFormats.update(systemDates)
standardTransformersRegistry.setInit(() =>
  [...new Set(Object.values(standardTransformers))].map(transformation => ({
    ...{ id: transformation.id, name: transformation.name, editor: nothing },
    ...{ transformation, imageDark: '', imageLight: '' },
  })),
)
writeFileSync(output, JSON.stringify(await Promise.all(played.map(show))))
