/** Longer than any numeral with its currency or unit. */
const longest = 60

/** Thousands set apart by spaces of any width or apostrophes: «1 299», «12 345,50». */
const spaced = /^\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d+)?$/
const plain = /^\d+(?:[.,]\d+)?$/
/** Thousands set apart by one sign and the fraction by the other: «1.299,90», «1,299.90». */
const mixed = /^\d{1,3}(?:(?:\.\d{3})+,|(?:,\d{3})+\.)\d+$/
/** «1,299» is a thousand in English and a fraction in Russian; «1.234.567» is a thousand alone. */
const twofold = /^[1-9]\d{0,2}[.,]\d{3}$/
const grouped = /^\d{1,3}(?:\.\d{3}){2,}$|^\d{1,3}(?:,\d{3}){2,}$/

/**
 * The number a numeral stands for, or null when it is none. One that can be read in two ways (see `twofold`) is null too,
 * unless `threeDecimals` says that a fraction of three digits is usual here.
 */
export function readNumber(raw: string, { threeDecimals = false } = {}): number | null {
  if (raw.length > longest) return null
  const text = raw.trim().replace(/^[-−–](?=\d)/, '-')
  const unsigned = text.replace(/^-/, '')
  const digits = unsigned.replace(/[\s'’]/g, '')
  const sign = text === unsigned ? 1 : -1
  if (twofold.test(unsigned) && !threeDecimals) return null
  if (plain.test(unsigned) || spaced.test(unsigned)) return sign * Number(digits.replace(',', '.'))
  if (grouped.test(unsigned)) return sign * Number(digits.replace(/[.,]/g, ''))
  if (!mixed.test(unsigned)) return null
  const at = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','))
  return sign * Number(`${digits.slice(0, at).replace(/[.,]/g, '')}.${digits.slice(at + 1)}`)
}
