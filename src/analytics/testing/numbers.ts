/**
 * The same numbers, up to the last digits of a division: PostgreSQL divides decimals, JavaScript binary fractions. For
 * comparing whole answers with `toEqual`.
 */
export function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12))
  if (Array.isArray(value)) return value.map(rounded)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, rounded(v)]))
}
