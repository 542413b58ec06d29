import type { StoredLine } from './loki-store.ts'

/** Result of a query: a value for each value of the label it groups by, '' without one. */
export type Vector = Map<string, number>

const shape = /^sum(?: by \((\w+)\))? ?\((count|sum)_over_time\(\{([^}]*)\}([^[]*)\[(\d+)s\]\)\)$/
const selector = /(\w+)(=~|=)"([^"]*)"/g
const field = /(\w+)="(\w+)"/g
const limit = /^(\w+) (>=|<) (\d+)$/
const equality = /^(\w+)(=~|=)"([^"]*)"$/

/**
 * Evaluates the form of LogQL that reconciliation and the smoke test use: a sum over counted or unwrapped lines, with fields
 * of the JSON compared with numbers or strings. As in Loki a range excludes its start and includes its end, and a line
 * without a compared field is skipped. Throws for any other query.
 */
export function evaluateLogql(query: string, lines: readonly StoredLine[], atNs: bigint): Vector {
  const [, group, operation, streams, pipeline = '', seconds] = shape.exec(query) ?? []
  if (operation === undefined || streams === undefined) throw new Error(`not a query of reconciliation: ${query}`)
  const stages = pipeline.split('|').map(stage => stage.trim())
  const unwrapped = stages.find(stage => stage.startsWith('unwrap '))?.slice('unwrap '.length)
  const fromNs = atNs - BigInt(seconds ?? 0) * 1_000_000_000n

  const vector: Vector = new Map()
  for (const { labels, ns, line } of lines) {
    if (ns <= fromNs || ns > atNs || !matches(labels, streams)) continue
    const fields = { ...labels, ...readFields(line, stages) }
    if (!stages.every(stage => passes(fields, stage))) continue
    const value = operation === 'count' ? 1 : Number(fields[unwrapped ?? ''] ?? Number.NaN)
    if (Number.isNaN(value)) continue
    const key = group === undefined ? '' : (fields[group] ?? '')
    vector.set(key, (vector.get(key) ?? 0) + value)
  }
  return vector
}

const lineQuery = /^\{([^}]*)\} \|= ("(?:[^"\\]|\\.)*")$/

/** The lines of the range, start included and end excluded, that hold the text of a query `{…} |= "…"`. Throws for any other query. */
export function selectLines(query: string, lines: readonly StoredLine[], fromNs: bigint, toNs: bigint): StoredLine[] {
  const [, streams, quoted] = lineQuery.exec(query) ?? []
  if (streams === undefined || quoted === undefined) throw new Error(`not a query for lines: ${query}`)
  const needle = String(JSON.parse(quoted))
  return lines.filter(
    ({ labels, ns, line }) => ns >= fromNs && ns < toNs && matches(labels, streams) && line.includes(needle),
  )
}

function matches(labels: Record<string, string>, streams: string): boolean {
  return [...streams.matchAll(selector)].every(([, label = '', operator, value = '']) => {
    return isEqual(operator, value, labels[label] ?? '')
  })
}

const isEqual = (operator: string | undefined, value: string, given: string): boolean =>
  operator === '=' ? given === value : new RegExp(`^(?:${value})$`).test(given)

function readFields(line: string, stages: readonly string[]): Record<string, string> {
  const parsed: Record<string, unknown> = JSON.parse(line)
  const asked = stages.filter(stage => stage.startsWith('json ')).flatMap(stage => [...stage.matchAll(field)])
  return Object.fromEntries(
    asked.flatMap(([, name = '', path = '']) => (parsed[path] === undefined ? [] : [[name, String(parsed[path])]])),
  )
}

function passes(fields: Record<string, string>, stage: string): boolean {
  const [, compared, comparison, value = ''] = equality.exec(stage) ?? []
  // as in Loki, a missing label equals the empty string: a line without __error__ had no error
  if (compared !== undefined) return isEqual(comparison, value, fields[compared] ?? '')
  const [, name, operator, bound] = limit.exec(stage) ?? []
  if (name === undefined) return true
  const number = Number(fields[name] ?? Number.NaN)
  return operator === '>=' ? number >= Number(bound) : number < Number(bound)
}
