/** Maximum length of a numeral with its currency or unit. */
const longest = 60

/** Thousands separated by spaces of any width or apostrophes: «1 299», «12 345,50». */
const spaced = /^\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d+)?$/
const plain = /^\d+(?:[.,]\d+)?$/
/** Thousands separated by one character and the fraction by the other: «1.299,90», «1,299.90». */
const mixed = /^\d{1,3}(?:(?:\.\d{3})+,|(?:,\d{3})+\.)\d+$/
/** Ambiguous: «1,299» has a thousands separator in English and a decimal comma in Russian. */
const twofold = /^[1-9]\d{0,2}[.,]\d{3}$/
const grouped = /^\d{1,3}(?:\.\d{3}){2,}$|^\d{1,3}(?:,\d{3}){2,}$/

/**
 * Parses a numeral; null if it is invalid, or ambiguous (see `twofold`) unless fractions of three digits are usual
 * (`threeDecimals`).
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
