const longestString = 1_000

/**
 * A JSON object of at most `maxLength` characters. What is too long loses data, never its shape: strings are shortened
 * first, then the longest innermost list loses its tail until the rest fits.
 */
export function boundedJson(data: Record<string, unknown>, maxLength: number): string {
  const whole = JSON.stringify(data)
  if (whole.length <= maxLength) return whole
  let value = structuredCloneOfJson(whole)
  shortenStrings(value, longestString)
  for (let limit = longestString; JSON.stringify(value).length > maxLength; ) {
    const list = longestList(value)
    if (list !== null) {
      list.length = Math.floor(list.length / 2)
      value.shortened = true
    } else if (limit > 20) {
      limit = Math.floor(limit / 2)
      shortenStrings(value, limit)
    } else {
      value = { ok: data.ok === true, shortened: true }
      break
    }
  }
  return JSON.stringify(value)
}

function structuredCloneOfJson(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return isObject(value) ? value : {}
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** In place. Whole characters only: half of a surrogate pair is not text. */
function shortenStrings(container: Record<string, unknown> | unknown[], limit: number): void {
  const shorten = (value: unknown): unknown => {
    if (typeof value === 'string' && value.length > limit)
      return `${value.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
    if (Array.isArray(value) || isObject(value)) shortenStrings(value, limit)
    return value
  }
  if (Array.isArray(container)) for (const [i, value] of container.entries()) container[i] = shorten(value)
  else for (const [key, value] of Object.entries(container)) container[key] = shorten(value)
}

/** The longest of the lists that hold no other: of a list of searches each loses products before one of them is lost. */
function longestList(container: unknown): unknown[] | null {
  const inner = Array.isArray(container) ? container : isObject(container) ? Object.values(container) : []
  const lists = inner.map(longestList).filter(list => list !== null)
  if (lists.length === 0) return Array.isArray(container) && container.length > 0 ? container : null
  return lists.reduce((longest, list) => (sizeOf(list) > sizeOf(longest) ? list : longest))
}

const sizeOf = (list: unknown[]) => JSON.stringify(list).length
