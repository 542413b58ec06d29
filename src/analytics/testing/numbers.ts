/**
 * Rounds every number in `value` to 12 digits, so that answers can be compared with `toEqual`: PostgreSQL divides decimals,
 * JavaScript binary fractions.
 */
export function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12))
  if (Array.isArray(value)) return value.map(rounded)
  if (value instanceof Date) return value.toISOString()
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, rounded(v)]))
}
