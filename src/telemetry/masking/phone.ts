import type { Candidate } from './candidate.ts'

/** Number lengths of countries with a fixed length, by country code (E.164, national numbering plans). */
const lengths: readonly [code: RegExp, digits: number][] = [
  [/^[78]/, 11],
  [/^1/, 11],
  [/^37[34]/, 11],
  [/^993/, 11],
  [/^3(?:75|80)/, 12],
  [/^99[24568]/, 12],
]
/** Usual groupings of the ten digits after the country code. */
const groupings = new Set(['10', '3 7', '3 3 4', '3 4 3', '3 3 2 2', '3 2 2 3', '4 2 2 2'])
/** Words that introduce a phone number. */
export const phoneWords =
  /(?<![а-я])(?:тел(?:ефон[а-я]{0,3})?|моб(?:ильн[а-я]{2,3})?|(?:по)?звон[а-я]{1,4}|набер[а-я]{1,4}|whats ?app|в[ао]тс?апп?[а-я]{0,2}|viber|ваибер[а-я]{0,2})[ .:,-]{0,3}(?:(?:мне|по|номер[а-я]{0,2})[ .:,-]{0,3}){0,3}$/i

/** True if the digits are a phone number: of any country with its code, of Russia also without. */
export function isPhone(candidate: Candidate): boolean {
  const { digits, isInternational, written, labelledAs, beside } = candidate
  if (isInternational) {
    const length = lengths.find(([code]) => code.test(digits))?.[1]
    return length === undefined ? digits.length >= 10 && digits.length <= 15 : digits.length === length
  }
  if (labelledAs === 'phone' && digits.length >= 6 && digits.length <= 12) return true
  if (digits.length === 7) return /^\d{3}-\d{2}-\d{2}$/.test(written) && !beside.includes('-')
  if (digits.length === 12) return /^(?:375|380|99[24568])/.test(digits) && isOneNumber(candidate)
  if (digits.length === 11) return isRussianWithCode(candidate)
  return digits.length === 10 && isRussianWithoutCode(candidate)
}

function isRussianWithCode(candidate: Candidate): boolean {
  const { digits, written } = candidate
  if (/^80(?:17|25|29|33|44)/.test(digits)) return isOneNumber(candidate) // domestic number of Belarus
  if (!/^[78][3-9]/.test(digits)) return false
  if (/\(\d{3,5}\)/.test(written)) return true
  const rest = groupsAfterCode(candidate.sizes)
  if (groupings.has(rest)) return rest !== '4 2 2 2'
  return (digits[1] === '9' || /^1(?: 1)+$/.test(rest)) && isOneNumber(candidate)
}

/** True for a mobile number, or for a grouping that only phone numbers have. */
function isRussianWithoutCode({ digits, sizes, written }: Candidate): boolean {
  const grouping = sizes.join(' ')
  if (/\(\d{3,5}\)/.test(written)) return true
  if (/^0[3-9]/.test(digits)) return grouping === '3 3 2 2' // domestic number of Ukraine
  if (!/^[3-9]/.test(digits)) return false
  if (digits.startsWith('9')) {
    if (/^1(?: 1)+$/.test(grouping)) return true
    return groupings.has(grouping) && (grouping === '3 3 2 2' || !/[/_.\n]/.test(written))
  }
  return grouping === '3 3 2 2' && /-\d{2}-\d{2}$|\.\d{2}\.\d{2}$/.test(written)
}

/** Sizes of the groups without the country code: «8 916 …» and «8916 …» are equal. */
const groupsAfterCode = ([first = 0, ...others]: readonly number[]) =>
  (first === 1 ? others : [first - 1, ...others]).join(' ')

/** True if no part of it is a price or a date. */
const isOneNumber = ({ written }: Candidate) =>
  !/(?<![\d.])\d{1,4}\.\d{1,2}(?![\d.])/.test(written) &&
  !/(?<!\d)(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:19|20)\d{2}(?!\d)/.test(written)
