import { lastWeeks, lengthOf, type Period, PeriodError, parsePeriod } from '../../analytics/period.ts'
import { type Source, sources } from '../../events/catalogue.ts'

/** Ten years: more days than the bot will ever have, few enough for one report. */
const longestDays = 3_660

/** A period as `parsePeriod` reads it; a week when the text is empty; null when it cannot be read. */
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
  const others = words.filter(word => word !== source)
  const period = readPeriod(others.join(' '), today)
  // beside a period that can be read, the word that cannot was meant as a source
  const isUnknownSource = period === null && others.length > 1 && others.some(word => readPeriod(word, today) !== null)
  return { period, source: isUnknownSource ? undefined : source }
}

/** The last N weeks: a number is one of weeks, a period is rounded up to whole ones; 8 when the text is empty; null when not 1 to 52. */
export function readWeeks(text: string, today: string): Period | null {
  const words = text.normalize('NFKC').trim()
  const period = readPeriod(/^\d+$/.test(words) ? `${words} нед` : words, today, '8w')
  const weeks = period === null ? Number.NaN : Math.ceil(lengthOf(period) / 7)
  return weeks >= 1 && weeks <= 52 ? lastWeeks(weeks, today) : null
}

/** A user id and what follows it; null when the first word is no id. */
export function readUserId(text: string): { userId: number; rest: string } | null {
  const [, digits, rest = ''] = /^(\d{1,16})(?:\s+([\s\S]*))?$/.exec(text.trim()) ?? []
  const userId = Number(digits)
  return Number.isSafeInteger(userId) && userId > 0 ? { userId, rest: rest.trim() } : null
}
