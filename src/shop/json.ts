/** Maximum nesting of JSON encoded as a JSON string. */
const deepestEncoding = 3

/**
 * Parses JSON; undefined if it is invalid. Accepts a byte order mark, and decodes a string that contains JSON (an answer
 * encoded twice). The parser's error is dropped, since it quotes the text.
 */
export function parseJson(text: string, depth = deepestEncoding): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/^[\uFEFF\u200B\s]+/, ''))
    if (typeof value !== 'string' || depth === 0) return value
    return parseJson(value, depth - 1) ?? value
  } catch {
    return undefined
  }
}

export type JsonObject = Record<string, unknown>

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface FoundJson {
  value: unknown
  /** Range in the text, the end excluded. */
  start: number
  end: number
}

/** Maximum number of unclosed brackets in prose after which the search restarts. */
const mostRestarts = 8

/** Finds JSON objects and arrays in a longer text: between notes, in a code fence, in a tag. Linear time. */
export function jsonInText(text: string): FoundJson[] {
  const found: FoundJson[] = []
  let from = 0
  for (let start = 0; start <= mostRestarts; start += 1) {
    const unclosed = scan(text, from, found)
    if (unclosed === undefined) break
    from = unclosed + 1
  }
  return found
}

/** Adds the values found after `from`; returns the position of the first unclosed bracket, if any. */
function scan(text: string, from: number, found: FoundJson[]): number | undefined {
  const open: number[] = []
  let inString = false
  for (let i = from; i < text.length; i += 1) {
    const sign = text[i]
    if (inString) {
      if (sign === '\\') i += 1
      // neither a quotation in prose nor a JSON string spans lines
      else if (sign === '"' || sign === '\n') inString = false
    } else if (sign === '"') inString = open.length > 0
    else if (sign === '{' || sign === '[') open.push(i)
    else if ((sign === '}' || sign === ']') && open.length > 0) {
      const start = open.pop() ?? i
      if (open.length > 0) continue
      const value = parseJson(text.slice(start, i + 1))
      if (value !== undefined) found.push({ value, start, end: i + 1 })
    }
  }
  return open[0]
}
