const weighted = (digits: string, weights: readonly number[]) =>
  weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0)

/** Whether the digits are a bank card's: a payment system's first digits and length, and Luhn's checksum. */
export function isBankCard(digits: string): boolean {
  if (!/^(?:[2-6]\d{15}|[56]\d{16,18}|2\d{18}|4\d{18}|3[47]\d{13}|3[0689]\d{12}|4\d{12})$/.test(digits)) return false
  if (digits.length === 13 && isBarcode(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9
  }
  return sum % 10 === 0
}

/** EAN-13: goods have it, and one in ten would pass for an old card. */
function isBarcode(digits: string): boolean {
  return weighted(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0
}

/** Whether 10 or 12 digits are a taxpayer's number (ИНН). */
export function isInn(digits: string): boolean {
  if (!/^(?:\d{10}|\d{12})$/.test(digits) || digits.startsWith('00')) return false
  const check = (weights: readonly number[]) => (weighted(digits, weights) % 11) % 10 === Number(digits[weights.length])
  return digits.length === 10
    ? check([2, 4, 10, 3, 5, 9, 4, 6, 8])
    : check([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) && check([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
}

/** Whether 11 digits are an insurance number (СНИЛС); the lowest ones were issued without a checksum. */
export function isSnils(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || Number(digits.slice(0, 9)) <= 1_001_998) return false
  return (weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(digits.slice(9))
}
