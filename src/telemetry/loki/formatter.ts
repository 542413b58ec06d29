import type { LogLine } from './log-batch.ts'

/** Lines in Loki's form, and the number of those that are not JSON and were dropped. */
export interface FormattedLines {
  lines: LogLine[]
  skipped: number
}

/** pino's numbers of levels as pino-loki names them for Loki. */
const lokiLevels = new Map([
  [10, 'debug'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warning'],
  [50, 'error'],
  [60, 'critical'],
])

/** How the logger begins every line: what its labels and its time need is there, and the line itself is shipped as it is. */
const head = /^\{"level":(\d\d),"time":(\d{1,15}),"event":"(\w+)"[,}]/

/**
 * Formats pino's JSON lines as pino-loki does: Loki's levels, no host name. `labels` are those of every line, besides its level
 * and its event. `areWhole`: the lines are as the logger wrote them; those of another origin are parsed, since a kill or a full
 * disk may have cut them.
 */
export function formatLines(text: string, labels: Readonly<Record<string, string>>, areWhole = false): FormattedLines {
  const lines: LogLine[] = []
  let skipped = 0
  const labelled = createLabels(labels)
  for (const line of text.split('\n')) {
    if (line === '') continue
    const formatted = (areWhole ? readHead(line, labelled) : undefined) ?? readWhole(line, labelled)
    if (formatted === undefined) skipped++
    else lines.push(formatted)
  }
  return { lines, skipped }
}

type Labels = ReturnType<typeof createLabels>

/** The labels of a line: one object for all lines of a level and event. */
function createLabels(ofAll: Readonly<Record<string, string>>) {
  const known = new Map<string, Record<string, string>>()
  return (level: unknown, event: string | undefined): Record<string, string> => {
    const name = levelOf(level)
    const key = event === undefined ? name : `${name} ${event}`
    const found = known.get(key) ?? { level: name, ...ofAll, ...(event !== undefined && { event }) }
    known.set(key, found)
    return found
  }
}

function readHead(line: string, labels: Labels): LogLine | undefined {
  const found = head.exec(line)
  return found === null ? undefined : { labels: labels(found[1], found[3]), ms: Number(found[2]), text: line }
}

function readWhole(line: string, labels: Labels): LogLine | undefined {
  const parsed = parseObject(line)
  if (parsed === undefined) return undefined
  const { hostname: _, ...fields } = parsed
  return {
    labels: labels(fields.level, typeof fields.event === 'string' ? fields.event : undefined),
    ms: typeof fields.time === 'number' && Number.isSafeInteger(fields.time) ? fields.time : Date.now(),
    text: JSON.stringify(fields),
  }
}

const levelOf = (level: unknown): string => lokiLevels.get(Number(level)) ?? 'info'

/** Undefined for what is no object in JSON. */
function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
