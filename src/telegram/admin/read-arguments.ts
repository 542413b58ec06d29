import { lastWeeks, lengthOf, type Period, PeriodError, parsePeriod } from '../../analytics/period.ts'
import { type Source, sources } from '../../events/catalogue.ts'

/** Ten years: more days than the bot will ever have, few enough to read at once. */
const longestDays = 3_660

/** `today`, `week`, `month` or `Nd`; a week when nothing is said; null when nobody can read it. */
export function readPeriod(text: string, today: string, byDefault = 'week'): Period | null {
  try {
    const period = parsePeriod(text.trim() === '' ? byDefault : text, today)
    return lengthOf(period) <= longestDays ? period : null
  } catch (err) {
    if (err instanceof PeriodError) return null
    throw err
  }
}

/** A period and a source in either order; `source` is undefined when a word is neither. */
export function readPeriodAndSource(
  text: string,
  today: string,
): { period: Period | null; source: Source | null | undefined } {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const isSource = (word: string): word is Source => (sources as readonly string[]).includes(word)
  const source = words.find(isSource) ?? null
  const [periodWord = '', ...rest] = words.filter(word => word !== source)
  const unknownSource =
    rest.length > 0 ||
    (source === null && /^[a-z_]+$/.test(periodWord) && readPeriod(periodWord, today) === null && words.length > 1)
  return { period: readPeriod(periodWord, today), source: unknownSource ? undefined : source }
}

/** The last N weeks (8 when nothing is said, «8w» and «8» both do); null when not 1 to 52. */
export function readWeeks(text: string, today: string): Period | null {
  const [, digits] = /^(\d{1,2})w?$/i.exec(text.trim() === '' ? '8' : text.trim()) ?? []
  const weeks = Number(digits)
  return weeks >= 1 && weeks <= 52 ? lastWeeks(weeks, today) : null
}

/** A user id and what follows it; null when the first word is no id. */
export function readUserId(text: string): { userId: number; rest: string } | null {
  const [, digits, rest = ''] = /^(\d{1,16})(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? []
  const userId = Number(digits)
  return Number.isSafeInteger(userId) && userId > 0 ? { userId, rest: rest.trim() } : null
}
