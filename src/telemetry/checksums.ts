const weighted = (digits: string, weights: readonly number[]) =>
  weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0)

/** First digits and lengths that payment systems issue (ISO/IEC 7812; the systems' published ranges). */
const issuers = [
  String.raw`220[0-4]\d{12,15}`, // Мир
  String.raw`4(?:\d{15}|\d{18})`, // Visa; not its obsolete cards of 13 digits, a length that product codes have
  String.raw`5[1-5]\d{14}|2(?:2[3-9]|[3-6]\d|7[01])\d{13}|222[1-9]\d{12}|2720\d{12}`, // Mastercard: 2221 to 2720
  String.raw`(?:50|5[6-8]|6[0379])\d{14,17}`, // Maestro
  String.raw`3[47]\d{13}`, // American Express
  String.raw`3(?:0[0-5]\d{11}|095\d{10}|[689]\d{12})`, // Diners Club
  String.raw`35(?:2[89]|[3-8]\d)\d{12,15}`, // JCB
  String.raw`(?:62|81)\d{14,17}`, // UnionPay
  String.raw`(?:6011|64[4-9]\d|65\d\d)\d{12}`, // Discover
  String.raw`(?:8600|9860|9112|9051|9417|9792)\d{12}`, // Uzcard, Humo, Белкарт, ArCa, Элкарт, Troy
]
const issued = new RegExp(`^(?:${issuers.join('|')})$`)

/** True if the digits are a bank card number: in an issued range, with a valid Luhn checksum (ISO/IEC 7812-1). */
export function isBankCard(digits: string): boolean {
  if (!issued.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

/** True if the digits identify a trade unit (GTIN-14, SSCC of 18 digits) by the GS1 checksum. */
export function isTradeUnitNumber(digits: string): boolean {
  if (digits.length !== 14 && digits.length !== 18) return false
  return (
    weighted(
      digits,
      Array.from(digits, (_, i) => (i % 2 === 0 ? 3 : 1)),
    ) %
      10 ===
    0
  )
}

/** True if 10 or 12 digits are a taxpayer's number (ИНН), by its checksum. */
export function isInn(digits: string): boolean {
  if (!/^(?:\d{10}|\d{12})$/.test(digits) || digits.startsWith('00')) return false
  const check = (weights: readonly number[]) => (weighted(digits, weights) % 11) % 10 === Number(digits[weights.length])
  return digits.length === 10
    ? check([2, 4, 10, 3, 5, 9, 4, 6, 8])
    : check([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) && check([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
}

/** True if 11 digits are an insurance number (СНИЛС) with a valid checksum; numbers up to 001-001-998 have none. */
export function isSnils(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || Number(digits.slice(0, 9)) <= 1_001_998) return false
  return (weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(digits.slice(9))
}
