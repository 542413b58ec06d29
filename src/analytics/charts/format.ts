const whole = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 1 })
const none = '—'

/** Units of large numbers, each with the size from which it is used. */
const units = [
  { from: 1e12, unit: 1e12, word: 'трлн' },
  { from: 1e9, unit: 1e9, word: 'млрд' },
  { from: 1e6, unit: 1e6, word: 'млн' },
  { from: 1e4, unit: 1e3, word: 'тыс.' },
] as const

/** Formats as «1 380», «430,6 тыс.», «4,2 млн»: at most eleven characters. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return none
  const size = Math.abs(value)
  if (size >= 1e15) return `${value < 0 ? '<\u2212' : '>'}999\u00A0трлн`
  const large = units.find(({ from }) => size >= from)
  if (large !== undefined) return `${tenth.format(value / large.unit)}\u00A0${large.word}`
  return size < 10 ? tenth.format(value) : whole.format(value)
}

export const shortRub = (value: number): string => `${shortNumber(value)}\u00A0₽`

/** Formats as «34%»; with one decimal below ten percent («2,2%»), «<0,1%» for any smaller share above 0. */
export function shortPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return none
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0,1%'
  return `${Math.abs(percent) < 10 ? tenth.format(percent) : shortNumber(percent)}%`
}

/** Formats `2026-02-07` as «07.02». */
export const shortDate = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`
