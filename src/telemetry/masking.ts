import { isBankCard, isInn, isSnils } from './checksums.ts'

type Mark = 'email' | 'phone' | 'card' | 'inn' | 'snils' | 'token' | 'secret'

interface Rule {
  mark: Mark
  /** Every quantifier is bounded or consumes what it matches, so a pass over a text takes linear time. */
  pattern: RegExp
  /** How many characters of the match are to be hidden; 0 when it only looks like one. Default: all. */
  hides?(match: string): number
}

const digits = (text: string) => text.replace(/\D/g, '')
const wholeIf = (holds: (number: string) => boolean) => (match: string) => (holds(digits(match)) ? match.length : 0)

// A mark counts as a digit at both ends of a number: otherwise masking one number would lay bare the next one's border,
// and masking twice would not be the same as masking once.
const start = String.raw`(?<!\d|\[(?:email|phone|card|inn|snils|token|secret)\])`
const end = String.raw`(?!\d|\[(?:email|phone|card|inn|snils|token|secret)\])`
const gap = String.raw`[ \u00a0.\u2010-\u2015-]{0,3}`
const gapOrBracket = String.raw`[ \u00a0.()\u2010-\u2015-]{0,4}`
const number = (pattern: string) => new RegExp(start + pattern + end, 'g')

/** Order matters: what is longer or has a form of its own comes before what is only digits. */
const rules: readonly Rule[] = [
  { mark: 'token', pattern: /\d{1,20}:[\w-]{30,}/g },
  { mark: 'secret', pattern: /(?<=:\/\/)[^\s/?#[\]]{1,256}(?=@)/g },
  { mark: 'secret', pattern: /(?<=bearer\s{1,3})[\w.~+/=-]+/gi, hides: m => (/\d|.{20}/.test(m) ? m.length : 0) },
  { mark: 'secret', pattern: /(?<=basic\s{1,3})[\w+/=-]+/gi, hides: m => (holdsCredentials(m) ? m.length : 0) },
  { mark: 'email', pattern: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu },
  {
    mark: 'card',
    pattern: number(String.raw`\d{4}([ \u00a0-])\d{4}\1\d{4}\1(?:\d{4}\1\d{1,3}|\d{4,7})`),
    hides: hiddenOfGroupedCard,
  },
  { mark: 'card', pattern: number(String.raw`3\d{3}[ \u00a0-]\d{6}[ \u00a0-]\d{4,5}`), hides: wholeIf(isBankCard) },
  { mark: 'card', pattern: number(String.raw`\d{13,19}`), hides: wholeIf(isBankCard) },
  { mark: 'phone', pattern: new RegExp(String.raw`\+[78](?:${gapOrBracket}\d){10}${end}`, 'g') },
  { mark: 'phone', pattern: new RegExp(String.raw`\+[1-69](?:${gapOrBracket}\d){9,14}${end}`, 'g') },
  {
    mark: 'phone',
    pattern: number(
      String.raw`(?:[78]${gap})?\(?[3-9]\d{2}\)?${gap}(?:\d{3}${gap}\d{2}${gap}\d{2}|\d{3}${gap}\d{4}|\d{4}${gap}\d{3}|\d{2}${gap}\d{2}${gap}\d{3})`,
    ),
    hides: hiddenOfRussianPhone,
  },
  {
    mark: 'phone',
    pattern: number(String.raw`(?:[78]${gap})?\(\d{3,5}\)(?:[ \u00a0-]?\d){5,7}`),
    hides: m => (/^[78]?\d{10}$/.test(digits(m)) ? m.length : 0),
  },
  { mark: 'phone', pattern: /(?<![\d\]-])\d{3}-\d{2}-\d{2}(?![\d[-])/g },
  { mark: 'snils', pattern: number(String.raw`\d{3}[ -]?\d{3}[ -]?\d{3}[ -]?\d{2}`), hides: wholeIf(isSnils) },
  { mark: 'inn', pattern: number(String.raw`(?:\d{12}|\d{10})`), hides: wholeIf(isInn) },
]

/** Cheap look that lets texts pass in which no rule can find anything: nearly all of them. */
const suspicious = /@|\d:[\w-]{30}|\d[\d ().\u00a0\u2010-\u2015-]{7}|(?:bearer|basic)\s/i
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The text with phones, e-mails, bank cards, ИНН, СНИЛС, bot tokens, Authorization values and credentials in URLs replaced
 * by marks such as `[phone]`. Masking twice changes nothing more; prices, weights, quantities and product ids stay.
 */
export function maskPersonalData(text: string): string {
  if (!suspicious.test(text) || uuid.test(text)) return text
  return rules.reduce(applyRule, text)
}

function applyRule(text: string, { mark, pattern, hides }: Rule): string {
  let masked = ''
  let copiedTo = 0
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const length = hides === undefined ? match[0].length : hides(match[0])
    if (length === 0) {
      pattern.lastIndex = match.index + 1 // the real number may begin inside what only looked like one
      continue
    }
    masked += `${text.slice(copiedTo, match.index)}[${mark}]`
    copiedTo = match.index + length
    pattern.lastIndex = copiedTo
  }
  return masked + text.slice(copiedTo)
}

/** Four groups of four are tried without what follows them too: it may be the month of expiry. */
function hiddenOfGroupedCard(match: string): number {
  if (isBankCard(digits(match))) return match.length
  const sixteen = match.slice(0, 19)
  return /^\d{4}(?:\D\d{4}){3}$/.test(sixteen) && isBankCard(digits(sixteen)) ? sixteen.length : 0
}

/** Ten digits without a country code are a phone when mobile, or when grouped as only phones are. */
function hiddenOfRussianPhone(match: string): number {
  const plain = digits(match)
  const isPhone = plain.length === 11 || plain.startsWith('9') || /\(|\d{3}-\d{2}-\d{2}$/.test(match)
  return isPhone ? match.length : 0
}

function holdsCredentials(base64: string): boolean {
  const decoded = Buffer.from(base64, 'base64').toString('latin1')
  return decoded.includes(':') && !/[\p{Cc}]/u.test(decoded)
}
