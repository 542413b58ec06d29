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
const head = /^\{"level":(?<level>\d\d),"time":(?<time>\d{1,15}),"event":"(?<event>\w+)"[,}]/

/**
 * Formats pino's JSON lines as pino-loki does: Loki's levels, no host name. `labels` are those of every line, besides its level
 * and its event. `areWhole`: the lines are as the logger wrote them; those of another origin are parsed, since a kill or a full
 * disk may have cut them.
 */
export function formatLines(text: string, labels: Readonly<Record<string, string>>, areWhole = false): FormattedLines {
  const lines: LogLine[] = []
  let skipped = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const formatted = (areWhole ? readHead(line, labels) : undefined) ?? readWhole(line, labels)
    if (formatted === undefined) skipped++
    else lines.push(formatted)
  }
  return { lines, skipped }
}

function readHead(line: string, labels: Readonly<Record<string, string>>): LogLine | undefined {
  const { level = '', time, event = '' } = head.exec(line)?.groups ?? {}
  if (time === undefined) return undefined
  return { labels: { level: levelOf(Number(level)), ...labels, event }, ms: Number(time), text: line }
}

function readWhole(line: string, labels: Readonly<Record<string, string>>): LogLine | undefined {
  const parsed = parseObject(line)
  if (parsed === undefined) return undefined
  const { hostname: _, ...fields } = parsed
  return {
    labels: {
      level: levelOf(fields.level),
      ...labels,
      ...(typeof fields.event === 'string' && { event: fields.event }),
    },
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
