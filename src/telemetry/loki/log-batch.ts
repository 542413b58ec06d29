/** A line that Loki does not have yet. */
export interface LogLine {
  labels: Record<string, string>
  /** Since 1970. */
  ms: number
  text: string
}

/** Epoch nanoseconds and the line, in Loki's push format. */
type LogEntry = [ns: string, line: string]

export interface LogStream {
  stream: Record<string, string>
  values: LogEntry[]
}

/** Body of one push: a stream for each set of labels. */
export type LogBatch = readonly LogStream[]

/** Parses the body of a push. Throws if it is invalid. */
export function parseBatch(json: string): LogStream[] {
  const body: unknown = JSON.parse(json)
  if (!isObject(body) || !Array.isArray(body.streams) || !body.streams.every(isStream))
    throw new RangeError('no batch of log lines')
  return body.streams
}

// not zod: it would take several megabytes of the shipping thread, which reads nothing else
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isStream = (value: unknown): value is LogStream =>
  isObject(value) &&
  isObject(value.stream) &&
  Object.values(value.stream).every(label => typeof label === 'string') &&
  Array.isArray(value.values) &&
  value.values.every(isEntry)
const isEntry = (value: unknown): value is LogEntry =>
  Array.isArray(value) &&
  value.length === 2 &&
  typeof value[0] === 'string' &&
  /^\d+$/.test(value[0]) &&
  typeof value[1] === 'string'

export const renderBatch = (batch: LogBatch): string => JSON.stringify({ streams: batch })

export const countLines = (batch: LogBatch): number => batch.reduce((sum, { values }) => sum + values.length, 0)

/** Epoch milliseconds of the oldest line, or null if there is none. */
export function oldestMs(batch: LogBatch): number | null {
  let oldest: string | undefined
  for (const { values } of batch) {
    for (const [ns] of values) if (oldest === undefined || isEarlier(ns, oldest)) oldest = ns
  }
  return oldest === undefined ? null : Number(oldest.slice(0, -6))
}

/** Compares the texts: a number for each line would be most of the garbage of a batch. */
const isEarlier = (ns: string, than: string): boolean =>
  ns.length === than.length ? ns < than : ns.length < than.length

/** Groups lines into batches of about `maxBytes` at most, one stream for each set of labels, keeping their order. */
export function toBatches(lines: readonly LogLine[], maxBytes: number, nsOf: (ms: number) => string): LogBatch[] {
  const batches: Array<Map<string, LogStream>> = []
  const keys = new Map<LogLine['labels'], string>()
  let bytes = Number.POSITIVE_INFINITY
  for (const { labels, ms, text } of lines) {
    const size = Buffer.byteLength(text)
    if (bytes + size > maxBytes) {
      batches.push(new Map())
      bytes = 0
    }
    bytes += size
    const key = keys.get(labels) ?? JSON.stringify(labels)
    keys.set(labels, key)
    const batch = batches.at(-1)
    const known = batch?.get(key)
    if (known === undefined) batch?.set(key, { stream: labels, values: [[nsOf(ms), text]] })
    else known.values.push([nsOf(ms), text])
  }
  return batches.map(batch => [...batch.values()])
}

/** Joins batches into one, each stream with its lines in the order of the batches. */
export function joinBatches(batches: readonly LogBatch[]): LogBatch {
  const streams = new Map<string, LogStream>()
  for (const { stream, values } of batches.flat()) {
    const key = JSON.stringify(stream)
    const known = streams.get(key)
    if (known === undefined) streams.set(key, { stream, values: [...values] })
    else for (const value of values) known.values.push(value)
  }
  return [...streams.values()]
}

/** Divides a batch: into its streams if there are several, else in halves. A batch of one line is returned as it is. */
export function divide(batch: LogBatch): LogBatch[] {
  const [only, ...others] = batch
  if (only === undefined) return []
  if (others.length > 0) return batch.map(stream => [stream])
  if (only.values.length < 2) return [batch]
  const middle = Math.ceil(only.values.length / 2)
  return [only.values.slice(0, middle), only.values.slice(middle)].map(values => [{ stream: only.stream, values }])
}

/** Splits a batch into the lines older than `sinceMs` and the others. */
export function splitByAge(batch: LogBatch, sinceMs: number): { old: LogBatch; fresh: LogBatch } {
  const part = (isOld: boolean) =>
    batch
      .map(({ stream, values }) => ({
        stream,
        values: values.filter(([ns]) => Number(ns.slice(0, -6)) < sinceMs === isOld),
      }))
      .filter(({ values }) => values.length > 0)
  return { old: part(true), fresh: part(false) }
}

/** Sets of lines, and lines of a set, that a millisecond has room for. */
const setsOfMs = 1_000
const linesOfMs = 1_000_000 / setsOfMs

/**
 * Gives lines of one millisecond different nanoseconds: Loki drops equal lines with equal timestamps as duplicates. They depend
 * on nothing but the set of lines and its number, so that the same set gets the same ones again.
 */
export function createClockwork(sequence: number): (ms: number) => string {
  const first = (sequence % setsOfMs) * linesOfMs
  const counts = new Map<number, number>()
  return ms => {
    const count = counts.get(ms) ?? 0
    counts.set(ms, count + 1)
    return ms + String(first + Math.min(count, linesOfMs - 1)).padStart(6, '0')
  }
}
