import { type NumberFormat, none } from './show.ts'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const orNone = (format: (value: number) => string) => (value: number | null) => (value === null ? none : format(value))

const mean = (value: number): string =>
  Math.abs(value) >= 10 ? grouped.format(value) : value.toFixed(1).replace(/\.0$/, '')

const short = (value: number): string => {
  if (Math.abs(value) >= 999_950_000) return `${(value / 1e9).toFixed(1)}B`
  if (Math.abs(value) >= 999_950) return `${(value / 1e6).toFixed(1)}M`
  return Math.abs(value) >= 10_000 ? `${(value / 1e3).toFixed(1)}K` : grouped.format(value)
}

/** Formats of the analytics plan: `1,380₽`, `34%`, `4.2M`. Chosen by NUMBER_FORMAT=plan. */
export const planFormat: NumberFormat = {
  count: orNone(grouped.format),
  rub: orNone(value =>
    Math.abs(value) < 10 && !Number.isInteger(value) ? `${value.toFixed(2)}₽` : `${grouped.format(value)}₽`,
  ),
  mean: orNone(mean),
  percent: orNone(share => `${mean(share * 100)}%`),
  short: orNone(short),
}
