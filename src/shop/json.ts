/** How often a value may be wrapped as a JSON string of JSON before it is no honest answer. */
const deepestEncoding = 3

/**
 * The JSON value of `text`, or undefined when it is none. A byte order mark before it is no obstacle, and a string that
 * holds JSON (an answer encoded twice) is read through. The parser's own error is dropped: it would quote the text.
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
  /** Where it stands in the text, the end exclusive. */
  start: number
  end: number
}

/** A bracket of prose that is never closed hides what follows; so often the search begins anew behind one. */
const mostRestarts = 8

/** Objects and lists that stand in a longer text: between notes, in a fence, in a tag. Takes linear time. */
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

/** Adds what stands behind `from`; returns where the first bracket without an end is, if there is one. */
function scan(text: string, from: number, found: FoundJson[]): number | undefined {
  const open: number[] = []
  let inString = false
  for (let i = from; i < text.length; i += 1) {
    const sign = text[i]
    if (inString) {
      if (sign === '\\') i += 1
      // A quotation of prose does not span lines, and neither does a string of JSON.
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
