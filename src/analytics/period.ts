import { AppError } from '../errors.ts'

/** Calendar days of ANALYTICS_TZ as `YYYY-MM-DD`, both included. */
export interface Period {
  from: string
  to: string
}

/** A period or date that cannot be parsed; the message says what is expected. */
export class PeriodError extends AppError {
  readonly name = 'PeriodError'
  readonly retryable = false
}

const longestDays = 36_500
const dayMs = 24 * 3600 * 1000
/** Units of a period in English and Russian, each with its length in days: «день», «дня», «дней», «д.». */
const units: readonly [number, RegExp][] = [
  [1, /^(?:today|d|days?|сегодня|д|дн|день|дня|дней|сутки|суток)\.?$/],
  [7, /^(?:w|weeks?|н|нед|недел[яиюьей]{1,2})\.?$/],
  [30, /^(?:months?|м|мес|месяц(?:а|ев)?)\.?$/],
  [90, /^(?:кв|квартал(?:а|ов)?)\.?$/],
  [180, /^полгода$/],
  [365, /^(?:год(?:а|у)?|лет)$/],
]

/**
 * Parses `today`, `week` (the last 7 days), `month` (30), `N` or `Nd`, the same in Russian («день», «за неделю»,
 * «2 месяца»), in any case and spacing. The period ends with `until`, included. Throws PeriodError.
 */
export function parsePeriod(text: string, until: string): Period {
  const normalized = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^\s*(?:за\s+)?(?:последн\p{L}{1,3}\s+)?/u, '')
    .trim()
  const [, number, unit] = /^([1-9]\d{0,4})?\s*([a-zа-я]+\.?)?$/.exec(normalized) ?? []
  const unitDays = unit === undefined ? 1 : units.find(([, pattern]) => pattern.test(unit))?.[0]
  if (unitDays === undefined || (number === undefined && unit === undefined))
    throw new PeriodError('the period must be today, week, month or a number of days such as 14d')
  const count = unitDays * Number(number ?? 1)
  if (count > longestDays) throw new PeriodError(`the period must not be longer than ${longestDays}d`)
  return { from: addDays(until, 1 - count), to: until }
}

/** Whether it is a day of the calendar written as `YYYY-MM-DD`. */
export function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === day
}

/** Parses `YYYY-MM-DD`. Throws PeriodError if there is no such day. */
export function parseDay(text: string): string {
  const day = text.trim()
  if (!isDay(day)) throw new PeriodError('the date must be a day of the calendar written as YYYY-MM-DD')
  return day
}

/** Returns a function from moments to their calendar day in a time zone. Reuse it: creating the formatter is expensive. */
export function createDayReader(timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return at => format.format(at)
}

/** The calendar day of a moment in a time zone. */
export const localDay = (at: Date, timeZone: string): string => createDayReader(timeZone)(at)

export const addDays = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * dayMs).toISOString().slice(0, 10)

/** Days from `from` to `to`, both included. */
export const lengthOf = ({ from, to }: Period): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs) + 1

/** The period of equal length that ends before this one begins. */
export const previousPeriod = ({ from, to }: Period): Period => ({
  from: addDays(from, -lengthOf({ from, to })),
  to: addDays(from, -1),
})

export interface ComparedPeriods {
  now: Period
  before: Period
}

/**
 * The finished days of a period, and the days at the same places of the period before it: what a change is calculated from.
 * Null when no day of the period is over.
 */
export function comparedPeriods(period: Period, today: string): ComparedPeriods | null {
  const to = period.to < today ? period.to : addDays(today, -1)
  if (to < period.from) return null
  const length = lengthOf(period)
  return {
    now: { from: period.from, to },
    before: { from: addDays(period.from, -length), to: addDays(to, -length) },
  }
}

/** The Monday of the week of a day. */
export const mondayOf = (day: string): string => addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))

/** The last `count` weeks, the current one included: from a Monday to `until`. */
export const lastWeeks = (count: number, until: string): Period => ({
  from: addDays(mondayOf(until), -7 * (count - 1)),
  to: until,
})
