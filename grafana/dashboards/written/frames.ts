import type { FieldDef, QueryResult } from 'pg'
import type { Frame, FrameField } from './written.ts'

/** Answers of the data sources as the frames that Grafana makes of them. */

type Row = Record<string, unknown>
const numeric = [20, 21, 23, 700, 701, 1700]
const moment = [1082, 1114, 1184]

/** A row of a table as PostgreSQL answers it: dates become milliseconds, numbers of any size numbers. */
export function tableFrame(refId: string, { fields, rows }: QueryResult<Row>): Frame {
  return { refId, fields: fields.map(field => column(field, rows)) }
}

function column({ name, dataTypeID }: FieldDef, rows: readonly Row[]): FrameField {
  const values = rows.map(row => row[name])
  if (moment.includes(dataTypeID))
    return {
      name,
      type: 'time',
      values: values.map(each => (each instanceof Date ? each.getTime() : null)),
      config: {},
    }
  if (numeric.includes(dataTypeID))
    return { name, type: 'number', values: values.map(each => (each === null ? null : Number(each))), config: {} }
  return { name, type: 'string', values, config: {} }
}

/**
 * The series of rows in the format «time series»: a column of text names the series of the number beside it, and a column
 * without is a series by its own name. Grafana names the time `Time` and gives `metric` no name beside its value.
 */
export function seriesFrame(refId: string, answer: QueryResult<Row>): Frame {
  const [time, ...others] = tableFrame(refId, answer).fields
  if (time?.type !== 'time') throw new TypeError(`${refId}: a time series whose first column is no time`)
  const named = others.find(({ type }) => type === 'string')
  const wide = named === undefined ? others : longToWide(time.values, named.values, others)
  const times = named === undefined ? time.values : [...new Set(time.values)]
  return { refId, fields: [{ ...time, name: 'Time', values: times }, ...wide] }
}

function longToWide(times: readonly unknown[], names: readonly unknown[], fields: readonly FrameField[]): FrameField[] {
  const value = fields.find(({ type }) => type === 'number')
  const moments = [...new Set(times)]
  return [...new Set(names)].toSorted().map(name => {
    const at = new Map(times.flatMap((time, i) => (names[i] === name ? [[time, value?.values[i]] as const] : [])))
    return { name: String(name), type: 'number', values: moments.map(time => at.get(time) ?? null), config: {} }
  })
}

export interface Sample {
  labels: Record<string, string>
  /** In milliseconds. */
  points: readonly (readonly [time: number, value: number])[]
}

/** Series of Prometheus or Loki, each a frame of its own, by its legend. */
export const sampleFrames = (refId: string, legend: string, samples: readonly Sample[]): Frame[] =>
  samples.map(({ labels, points }) => ({
    refId,
    fields: [
      { name: 'Time', type: 'time', values: points.map(([time]) => time), config: {} },
      {
        ...{ name: 'Value', type: 'number', values: points.map(([, value]) => value), labels },
        config: legend === '' ? {} : { displayNameFromDS: expand(legend, labels) },
      },
    ],
  }))

/**
 * Samples of a moment as one table: Prometheus' format «table», whose numbers have the letter of their query where
 * there are several. */
export const sampleTable = (refId: string, samples: readonly Sample[], value = 'Value'): Frame => {
  const labels = [...new Set(samples.flatMap(each => Object.keys(each.labels)))]
  const last = samples.map(({ points }) => points.at(-1) ?? [0, 0])
  return {
    refId,
    fields: [
      { name: 'Time', type: 'time', values: last.map(([time]) => time), config: {} },
      ...labels.map((name): FrameField => {
        return { name, type: 'string', values: samples.map(each => each.labels[name] ?? ''), config: {} }
      }),
      { name: value, type: 'number', values: last.map(([, number]) => number), config: {} },
    ],
  }
}

const expand = (legend: string, labels: Record<string, string>) =>
  legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '')
