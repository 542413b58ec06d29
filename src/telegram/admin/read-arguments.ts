import { readPeriod as readAnyPeriod } from '../../analytics/named-period.ts'
import { lastWeeks, lengthOf, type Period, PeriodError } from '../../analytics/period.ts'
import type { Source } from '../../events/catalogue.ts'

/** Ten years: more days than the bot will ever have, few enough for one report. */
const longestDays = 3_660

/** A period in English or Russian; a week when the text is empty; null when it cannot be read. */
export function readPeriod(text: string, today: string, byDefault = 'week'): Period | null {
  try {
    const period = readAnyPeriod(text.trim() === '' ? byDefault : text, today)
    return lengthOf(period) <= longestDays ? period : null
  } catch (err) {
    if (err instanceof PeriodError) return null
    throw err
  }
}

/** Names of the sources, as they are typed. */
const sourceNames: Record<Source, string> = {
  habr: 'habr|хабр[ае]?',
  vc: 'vc(?:\\.ru)?|вц|виси(?:\\.ру)?',
  telegram: 'telegram|tg|тг|телеграмм?[ае]?|телег[аеи]|каналы?',
  referral: 'referrals?|ref|реферал(?:ы|ов)?|друзья|друзей|друг|приглашени[яй]|по приглашению|приглашенные',
  organic: 'organic|органик[аи]|сами(?: нашли)?|остальные',
}
const knownSources = Object.entries(sourceNames) as [Source, string][]

/** A period and a source in either order; `source` is undefined when a word is neither. */
export function readPeriodAndSource(
  text: string,
  today: string,
): { period: Period | null; source: Source | null | undefined } {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replaceAll(/[\s,]+/g, ' ')
    .trim()
  for (const [source, names] of knownSources) {
    const found = new RegExp(`(?<!\\S)(?:(?:с|со|из|от|источник) )?(?:${names})(?!\\S)`, 'u').exec(words)
    if (found === null) continue
    const rest = `${words.slice(0, found.index)} ${words.slice(found.index + found[0].length)}`
    return { period: readPeriod(rest, today), source }
  }
  const period = readPeriod(words, today)
  const others = words.split(' ')
  // beside a period that can be read, the word that cannot was meant as a source
  const isUnknownSource =
    period === null &&
    others.some((_, i) => others.length > 1 && readPeriod(others.toSpliced(i, 1).join(' '), today) !== null)
  return { period, source: isUnknownSource ? undefined : null }
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
