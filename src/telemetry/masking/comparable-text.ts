/** A folded text to match rules against, with a mapping to the original. */
export interface ComparableText {
  text: string
  /** Maps the range `from`…`to` of the folded text to offsets in the original. */
  originalRange(from: number, to: number): [from: number, to: number]
}

const plainText = /^[\x20-\x7e]*$/
const remembered = new Map<string, string>()
const maxRemembered = 4_000

/**
 * Folds characters that look alike: compatibility forms (NFKD), decimal digits of every script, spaces, dashes and dots
 * become ASCII; accents, zero-width and bidirectional characters are dropped, so that «й» and «ё» become «и» and «е».
 */
export function toComparable(original: string): ComparableText {
  if (plainText.test(original)) return { text: original, originalRange: (from, to) => [from, to] }
  const starts: number[] = []
  let text = ''
  let at = 0
  for (const sign of original) {
    const folded = foldSign(sign)
    for (let i = 0; i < folded.length; i++) starts.push(at)
    text += folded
    at += sign.length
  }
  // a span ends where the next visible character begins, so that it includes accents and zero-width characters in between
  const endOf = (to: number) => {
    const next = starts[to] ?? original.length
    return next > (starts[to - 1] ?? 0) ? next : next + 1
  }
  return { text, originalRange: (from, to) => [starts[from] ?? original.length, endOf(to)] }
}

/** Folds the source of a pattern in the same way. */
export const foldPattern = (source: string): string => source.normalize('NFKD').replaceAll(/\p{M}/gu, '')

function foldSign(sign: string): string {
  const code = sign.charCodeAt(0)
  if (sign.length === 1 && ((code >= 0x20 && code <= 0x7e) || isPlainCyrillic(code))) return sign
  const known = remembered.get(sign)
  if (known !== undefined) return known
  const folded = Array.from(sign.normalize('NFKD'), plainSign).join('')
  if (remembered.size < maxRemembered) remembered.set(sign, folded)
  return folded
}

const isPlainCyrillic = (code: number) => code >= 0x410 && code <= 0x44f && code !== 0x419 && code !== 0x439

function plainSign(sign: string): string {
  if (/[\p{M}\p{Cf}\u115f\u1160\u3164\uffa0]/u.test(sign)) return ''
  if (/\p{Nd}/u.test(sign)) return String(digitValue(sign))
  if (/[\n\v\f\r\u0085\p{Zl}\p{Zp}]/u.test(sign)) return '\n'
  if (/[\p{Z}\p{Cc}\p{Co}\u2800]/u.test(sign)) return ' '
  if (/[\p{Pd}\u2212\u2043]/u.test(sign)) return '-'
  if (/[\u00b7\u2022\u2027\u2219\u22c5\u30fb]/u.test(sign)) return '.'
  return /[\u2044\u2215]/u.test(sign) ? '/' : sign
}

/** Value of a decimal digit: the ten digits of a script are consecutive, 0 first (The Unicode Standard, §4.6). */
function digitValue(sign: string): number {
  const code = sign.codePointAt(0) ?? 0
  let first = code
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1
  return (code - first) % 10
}
