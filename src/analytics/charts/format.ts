const whole = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 0 })
const tenth = new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 1 })
const none = '—'

/** From which size on a number is written in which unit. */
const units = [
  { from: 1e12, unit: 1e12, word: 'трлн' },
  { from: 1e9, unit: 1e9, word: 'млрд' },
  { from: 1e6, unit: 1e6, word: 'млн' },
  { from: 1e4, unit: 1e3, word: 'тыс.' },
] as const

/** «1 380», «430,6 тыс.», «4,2 млн»: never longer than eleven characters. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return none
  const size = Math.abs(value)
  if (size >= 1e15) return `${value < 0 ? '<\u2212' : '>'}999\u00A0трлн`
  const large = units.find(({ from }) => size >= from)
  if (large !== undefined) return `${tenth.format(value / large.unit)}\u00A0${large.word}`
  return size < 10 ? tenth.format(value) : whole.format(value)
}

export const shortRub = (value: number): string => `${shortNumber(value)}\u00A0₽`

/** «34%»; below ten percent with one decimal, «2,2%», and «<0,1%» for a trace. */
export function shortPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return none
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '<0,1%'
  return `${Math.abs(percent) < 10 ? tenth.format(percent) : shortNumber(percent)}%`
}

/** «07.02» of `2026-02-07`. */
export const shortDate = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`
