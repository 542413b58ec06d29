/** Formats of numbers in the chat and in reports; «—» where there is no answer. */

export const none = '—'

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** 1380 → `1,380`. */
export const count = (value: number | null): string => (value === null ? none : grouped.format(value))

/** 1379.6 → `1,380₽`; below ten roubles with kopecks. */
export const rub = (value: number | null): string => {
  if (value === null) return none
  return Math.abs(value) < 10 && !Number.isInteger(value) ? `${value.toFixed(2)}₽` : `${grouped.format(value)}₽`
}

/** 83.2 → `83`, 3.81 → `3.8`, 4 → `4`. */
export const mean = (value: number | null): string => {
  if (value === null) return none
  return Math.abs(value) >= 10 ? grouped.format(value) : value.toFixed(1).replace(/\.0$/, '')
}

/** 0.34 → `34%`; below ten percent one decimal, 0.022 → `2.2%`. */
export const percent = (share: number | null): string => (share === null ? none : `${mean(share * 100)}%`)

/** 4210000 → `4.2M`, 12500 → `12.5K`. */
export const short = (value: number | null): string => {
  if (value === null) return none
  if (Math.abs(value) >= 999_950_000) return `${(value / 1e9).toFixed(1)}B`
  if (Math.abs(value) >= 999_950) return `${(value / 1e6).toFixed(1)}M`
  return Math.abs(value) >= 10_000 ? `${(value / 1e3).toFixed(1)}K` : grouped.format(value)
}

/** Null if `whole` is 0. */
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
