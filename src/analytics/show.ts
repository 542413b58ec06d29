/** Formats of numbers in the chat, in reports and in pictures; «—» where there is no answer. */

export const none = '—'

/** Which time numbers are true for, when a standby gave them. */
export const dataOf = (asOf: Date, timeZone: string): string =>
  `Данные на ${asOf.toLocaleTimeString('ru-RU', { timeZone, hour: '2-digit', minute: '2-digit' })}`

const nbsp = '\u00A0'
const whole = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 1 })
const kopecks = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** Whether there is a number to show. */
const known = (value: number | null): value is number => value !== null && Number.isFinite(value)

/** 1380 → «1 380». */
export const count = (value: number | null): string => (known(value) ? whole.format(value) : none)

/** 594488 → «594 488 ₽»; below ten roubles with kopecks. */
export function rub(value: number | null): string {
  if (!known(value)) return none
  const small = Math.abs(value) < 10 && !Number.isInteger(value)
  return `${(small ? kopecks : whole).format(value)}${nbsp}₽`
}

/** 83.2 → «83», 3.81 → «3,8», 4 → «4». */
export const mean = (value: number | null): string =>
  known(value) ? (Math.abs(value) >= 10 ? whole : tenth).format(value) : none

/** 0.125 → «12,5 %», 0.34 → «34 %»; «<0,1 %» for any smaller share above 0. */
export function percent(share: number | null): string {
  if (!known(share)) return none
  const value = share * 100
  return `${value > 0 && value < 0.1 ? '<0,1' : tenth.format(value)}${nbsp}%`
}

/** Units of large numbers, each with the size from which it is used. */
const units = [
  { from: 999.95e9, unit: 1e12, word: 'трлн' },
  { from: 999.95e6, unit: 1e9, word: 'млрд' },
  { from: 999.95e3, unit: 1e6, word: 'млн' },
  { from: 9_999.5, unit: 1e3, word: 'тыс.' },
] as const

/** 8600000 → «8,6 млн», 12500 → «12,5 тыс.», 1380 → «1 380», 7.25 → «7,3»: at most eleven characters. */
export function short(value: number | null): string {
  if (!known(value)) return none
  const size = Math.abs(value)
  if (size >= 999.95e12) return `${value < 0 ? '<\u2212' : '>'}999${nbsp}трлн`
  const large = units.find(({ from }) => size >= from)
  return large === undefined ? mean(value) : `${tenth.format(value / large.unit)}${nbsp}${large.word}`
}

/** 430560 → «430,6 тыс. ₽»: where `rub` has no room, as in pictures. */
export const shortRub = (value: number | null): string => (known(value) ? `${short(value)}${nbsp}₽` : none)

/** Null if `whole` is 0. */
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** The formats in which a block of numbers is written. */
export interface NumberFormat {
  count: (value: number | null) => string
  rub: (value: number | null) => string
  mean: (value: number | null) => string
  percent: (share: number | null) => string
  short: (value: number | null) => string
}

export const russianFormat: NumberFormat = { count, rub, mean, percent, short }
