import { addDays, isDay, mondayOf, type Period, parsePeriod } from './period.ts'

/** No period is longer to write. */
const longestText = 60

/** What `parsePeriod` reads, and days of the calendar as they are typed in Russian. Throws PeriodError. */
export function readPeriod(text: string, today: string): Period {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replaceAll(/[\u2010-\u2015\u2212]/g, '-')
  const period = words.length > longestText ? null : namedPeriod(words.replaceAll(/\s+/g, ' ').trim(), today)
  return period ?? parsePeriod(text, today)
}

const months = [
  /^янв(?:ар[ьяе])?$/,
  /^фев(?:р(?:ал[ьяе])?)?$/,
  /^мар(?:т[ае]?)?$/,
  /^апр(?:ел[ьяе])?$/,
  /^ма[йяе]$/,
  /^июн[ьяе]?$/,
  /^июл[ьяе]?$/,
  /^авг(?:уст[ае]?)?$/,
  /^сент?(?:ябр[ьяе])?$/,
  /^окт(?:ябр[ьяе])?$/,
  /^ноя(?:б(?:р[ьяе])?)?$/,
  /^дек(?:абр[ьяе])?$/,
] as const
const weekdays = [
  /^понедельник[ау]?$/,
  /^вторник[ау]?$/,
  /^сред[аыуе]$/,
  /^четверг[ау]?$/,
  /^пятниц[аыуе]$/,
  /^суббот[аыуе]$/,
  /^воскресень[еяю]$/,
] as const

/** A stretch of days, its year known or not: `of` gives it for a year. */
interface Stretch {
  year: number | null
  of(year: number): Period | null
}

/** «вчера», «прошлая неделя», «февраль», «7 февраля», «07.02-13.02», «с 1 по 7 февраля»; null for any other text. */
function namedPeriod(text: string, today: string): Period | null {
  const words = text.replace(/^(?:за|на|во?|от) /, '').replace(/(?<=\d) ?(?:г|года?)\.?$/, '')
  return relative(words, today) ?? range(words, today) ?? clipped(latest(stretchOf(words), today), today)
}

function relative(words: string, today: string): Period | null {
  const day = words.replace(/^вчерашний день$/, 'вчера')
  if (day === 'вчера') return dayBefore(today, 1)
  if (day === 'позавчера') return dayBefore(today, 2)
  const weekday = weekdays.findIndex(name => name.test(words.replace(/^прошл\p{L}+ /u, '')))
  if (weekday >= 0) {
    const thisWeek = addDays(mondayOf(today), weekday)
    const last = thisWeek < today ? thisWeek : addDays(thisWeek, -7)
    return { from: last, to: last }
  }
  if (/^(?:прошлы[ех] )?выходны[ех]$/.test(words)) {
    const saturday = addDays(mondayOf(today), 5)
    const from = saturday <= today ? saturday : addDays(saturday, -7)
    return clipped({ from, to: addDays(from, 1) }, today)
  }
  const [, which, unit] =
    /^(эт\p{L}{1,3}|текущ\p{L}{2,3}|начала|прошл\p{L}{2,3}|предыдущ\p{L}{2,3}|прошедш\p{L}{2,3}) (недел|месяц|квартал|год)\p{L}{0,2}$/u.exec(
      words.replace(/^с начала /, 'начала '),
    ) ?? []
  if (which === undefined || unit === undefined) return null
  const from = startOf(unit, today)
  return /^(?:эт|текущ|начала)/.test(which)
    ? { from, to: today }
    : { from: startOf(unit, addDays(from, -1)), to: addDays(from, -1) }
}

const dayBefore = (today: string, count: number): Period => {
  const day = addDays(today, -count)
  return { from: day, to: day }
}

/** First day of the week, month, quarter or year that a day belongs to. */
function startOf(unit: string, day: string): string {
  if (unit === 'недел') return mondayOf(day)
  const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))]
  if (unit === 'год') return `${year}-01-01`
  return `${year}-${twoDigits(unit === 'месяц' ? month : month - ((month - 1) % 3))}-01`
}

/** «с A по B», «A-B», «с A» (until today). Where A is a number alone, it is a day of B's month. */
function range(words: string, today: string): Period | null {
  const open = /^со? (.+)$/.exec(words)?.[1]
  for (const { before: first, after: last } of cuts(open ?? words)) {
    const ends = pointOf(last, today)
    const begins = pointOf(
      first.replace(/^(\d{1,2})(?:-?го|-?е)?$/, (_, day) => last.replace(/^\d{1,2}/, day)),
      today,
    )
    if (ends === null || begins === null) continue
    const from =
      begins.year === null && ends.year !== null ? notAfter(begins, ends.of(ends.year)) : latest(begins, today)
    if (from === null) continue
    const year = Number(from.from.slice(0, 4))
    // no later year than this one: «с 7 по 1 февраля» is a slip, «с 20 декабря по 10 января» is not
    const years = ends.year === null ? [year, Math.min(year + 1, Number(today.slice(0, 4)))] : [ends.year]
    const to = years.map(ends.of).find(each => each !== null && each.to >= from.from)
    return to == null ? null : clipped({ from: from.from, to: to.to }, today)
  }
  const since = open === undefined ? null : latest(pointOf(open, today), today)
  return since === null ? null : clipped({ from: since.from, to: today }, today)
}

function pointOf(words: string, today: string): Stretch | null {
  const known = words === 'сегодня' ? { from: today, to: today } : relative(words, today)
  return known === null ? stretchOf(words) : { year: Number(known.to.slice(0, 4)), of: () => known }
}

/** All ways to cut a text in two at a dash or at «по», «до». */
const cuts = (words: string): { before: string; after: string }[] =>
  [...words.matchAll(/\.{2,}|-| по | до /g)].map(({ index, 0: cut }) => ({
    before: words.slice(0, index).trim(),
    after: words.slice(index + cut.length).trim(),
  }))

/** The later of the two years in which it does not begin after `end`. */
function notAfter(begins: Stretch, end: Period | null): Period | null {
  if (end === null) return null
  const year = Number(end.to.slice(0, 4))
  const same = begins.of(year)
  return same !== null && same.from <= end.to ? same : begins.of(year - 1)
}

/** The latest of its years in which it has begun. */
function latest(stretch: Stretch | null, today: string): Period | null {
  if (stretch === null) return null
  if (stretch.year !== null) return stretch.of(stretch.year)
  const year = Number(today.slice(0, 4))
  // 29 February is rare
  for (let back = 0; back <= 8; back++) {
    const period = stretch.of(year - back)
    if (period !== null && period.from <= today) return period
  }
  return null
}

/** Without the days that are yet to come; null when all are. */
const clipped = (period: Period | null, today: string): Period | null =>
  period === null || period.from > today ? null : { from: period.from, to: period.to < today ? period.to : today }

function stretchOf(text: string): Stretch | null {
  const words = text.replace(/(?<=\d) ?(?:г|года?)\.?$/, '').trim()
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(words)
  if (iso !== null) return dayOf(Number(iso[3]), Number(iso[2]), iso[1])
  const numeric = /^(\d{1,2})[./](\d{2})(?:[./](\d{4}|\d{2}))?\.?$/.exec(words)
  if (numeric !== null) return dayOf(Number(numeric[1]), Number(numeric[2]), numeric[3])
  const named = /^(?:(\d{1,2})(?:-?го|-?е)? ?)?([а-я]+)\.?(?: (\d{4}))?$/.exec(words)
  const month = months.findIndex(name => name.test(named?.[2] ?? '')) + 1
  if (named === null || month === 0) return null
  if (named[1] !== undefined) return dayOf(Number(named[1]), month, named[3])
  return {
    year: yearOf(named[3]),
    of: year => ({ from: `${year}-${twoDigits(month)}-01`, to: addDays(startOfNext(year, month), -1) }),
  }
}

const startOfNext = (year: number, month: number): string =>
  month === 12 ? `${year + 1}-01-01` : `${year}-${twoDigits(month + 1)}-01`

const dayOf = (day: number, month: number, year: string | undefined): Stretch => ({
  year: yearOf(year),
  of: of => {
    const date = `${of}-${twoDigits(month)}-${twoDigits(day)}`
    return isDay(date) ? { from: date, to: date } : null
  },
})

const yearOf = (digits: string | undefined): number | null =>
  digits === undefined ? null : Number(digits.length === 2 ? `20${digits}` : digits)

const twoDigits = (n: number): string => String(n).padStart(2, '0')
