/** What a condition is judged by. */
interface Purchase {
  /** How many `unit` are bought. */
  q: number
  /** The unit the product is sold by. */
  unit: string
  /** The day of the purchase in the bot's time zone, «2026-11-29». */
  today: string
}

/** `over`: the discount has ended. `unknown`: in words that are not understood, so it is not counted on. */
type Standing = 'holds' | 'unmet' | 'over' | 'unknown'

/**
 * Judges the shop's words for when a discount holds: a least quantity («от 2 шт») and days («до 29.11.2026», that day
 * included) in any combination. Every word must be understood: «от 2 шт по карте» is unknown.
 */
export function judgeCondition(condition: string, purchase: Purchase): Standing {
  const found: Standing[] = []
  let rest = condition.slice(0, 200).normalize('NFC').toLowerCase().replaceAll('ё', 'е')
  for (const [pattern, judge] of clauses) {
    rest = rest.replace(pattern, (...match) => {
      const groups: Record<string, string | undefined> = match.at(-1)
      found.push(judge(groups, purchase))
      return ' '
    })
  }
  const isUnderstood = rest.replace(filler, ' ').trim() === ''
  if (found.includes('over')) return 'over'
  if (found.length === 0 || !isUnderstood || found.includes('unknown')) return 'unknown'
  return found.includes('unmet') ? 'unmet' : 'holds'
}

const numerals = ['дв', 'тр', 'четыр', 'пят', 'шест', 'семи', 'восьм', 'девят', 'десят']
const count = String.raw`(?<count>\d+(?:[.,]\d+)?|(?:${numerals.join('|')})\p{L}{0,3})(?:-?х)?`
const measure = String.raw`(?:\s*(?<unit>шт\p{L}*|уп\p{L}*|пач\p{L}*|бутыл\p{L}*|бан(?:к\p{L}*|ок)|товар\p{L}*|единиц\p{L}*|кг|килограмм\p{L}*|л|литр\p{L}*)(?!\p{L})\.?)?`
const months = ['янв', 'фев', 'мар', 'апр', 'ма[йя]', 'июн', 'июл', 'авг', 'сен', 'окт', 'ноя', 'дек']
const day = String.raw`(?:(?<iso>\d{4}-\d{2}-\d{2})|(?<day>\d{1,2})(?:\.(?<month>\d{1,2})|\s(?<name>(?:${months.join('|')})\p{L}*))(?:[.\s]\s?(?<year>\d{4}|\d{2})(?!\d))?)`
/** The end of a day is the whole of it. */
const wholeDay = String.raw`(?:\s?(?:г\.|года?(?!\p{L})))?(?:\s?\(?включительно\)?)?(?:,?\s(?:в\s)?23:59(?::\d{2})?)?`

type Judge = (groups: Record<string, string | undefined>, purchase: Purchase) => Standing

const clauses: [pattern: RegExp, judge: Judge][] = [
  [new RegExp(String.raw`(?<!\p{L})(?:до|по)\s${day}${wholeDay}(?![\d:])`, 'gu'), lastDay],
  [new RegExp(String.raw`(?<!\p{L})(?:с|от)\s${day}${wholeDay}(?![\d:])`, 'gu'), firstDay],
  [new RegExp(String.raw`(?<!\p{L})(?:от|минимум|не менее)\s+${count}${measure}(?![\p{L}\d])`, 'gu'), leastQuantity],
]

/** Words that add no condition. */
const filler =
  /(?<!\p{L})(?:(?:спец)?цена|скидка|акци\p{L}{1,3}|выгодно|купите|при (?:покупке|заказе)|и (?:более|больше)|действу\p{L}{2,3}|действительн\p{L}{1,2}|срок|только|и)(?!\p{L})|[-–−]?\s?(?<!\d)\d{1,3}\s?%|[\s,.:;!()–-]/gu

function leastQuantity({ count: text = '', unit }: Record<string, string | undefined>, purchase: Purchase): Standing {
  const byWord = numerals.findIndex(beginning => text.startsWith(beginning))
  const least = byWord >= 0 ? byWord + 2 : Number(text.replace(',', '.'))
  // kilograms of what is sold by the piece cannot be counted here
  const weighed = /^к/.test(unit ?? '') ? 'кг' : /^л/.test(unit ?? '') ? 'л' : null
  if (weighed !== null && weighed !== purchase.unit) return 'unknown'
  return purchase.q >= least ? 'holds' : 'unmet'
}

function lastDay(groups: Record<string, string | undefined>, { today }: Purchase): Standing {
  const last = readDay(groups, today)
  if (last === null) return 'unknown'
  return today <= last ? 'holds' : 'over'
}

function firstDay(groups: Record<string, string | undefined>, { today }: Purchase): Standing {
  const first = readDay(groups, today)
  if (first === null) return 'unknown'
  return today >= first ? 'holds' : 'unmet'
}

/** The day as «2026-11-29»; without a year the one nearest to `today`; null for a day no calendar has. */
function readDay({ iso, day, month, name, year }: Record<string, string | undefined>, today: string): string | null {
  if (iso !== undefined) return validDay(iso)
  const number = name === undefined ? Number(month) : months.findIndex(start => new RegExp(`^${start}`).test(name)) + 1
  const monthAndDay = `${String(number).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  if (year !== undefined) return validDay(`${year.length === 2 ? '20' : ''}${year}-${monthAndDay}`)
  const distance = (candidate: string) => Math.abs(Date.parse(candidate) - Date.parse(today))
  return [-1, 0, 1]
    .map(offset => validDay(`${Number(today.slice(0, 4)) + offset}-${monthAndDay}`))
    .filter(candidate => candidate !== null)
    .reduce<string | null>((best, next) => (best === null || distance(next) < distance(best) ? next : best), null)
}

/** 31.02 is no day, though Date would make one of it. */
function validDay(text: string): string | null {
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : text
}
