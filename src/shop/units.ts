import { readNumber } from './numbers.ts'

/** Spellings of units, matched against a folded word, with their canonical names. */
const spellings: [spelling: RegExp, unit: string][] = [
  [/^(?:кг|kgs?|кило(?:грамм\p{L}*)?|килогр|kilo(?:gram(?:me)?s?)?)$/u, 'кг'],
  [/^(?:мг|mg|миллиграмм\p{L}*)$/u, 'мг'],
  [/^(?:гр?|грамм\p{L}*|g|gr|gms?|gram(?:me)?s?)$/u, 'г'],
  [/^(?:мл|ml|миллилитр\p{L}*|millilit(?:er|re)s?)$/u, 'мл'],
  [/^(?:л|литр\p{L}*|l|lt|ltr|lit(?:er|re)s?)$/u, 'л'],
  [/^(?:шт|штук\p{L}{0,2}|штучн\p{L}*|sht|pcs?|pieces?|ea|each)$/u, 'шт'],
  [/^(?:уп|упак|упаков\p{L}*|up|packs?|packages?|pkg)$/u, 'уп'],
  [/^(?:пач|пачк\p{L}{0,2}|пачек)$/u, 'пач'],
  [/^(?:пак|пакет\p{L}{0,2})$/u, 'пак'],
  [/^(?:бут|бутыл\p{L}*|bottles?)$/u, 'бут'],
  [/^(?:бан|банк\p{L}{0,2}|банок|cans?|jars?)$/u, 'бан'],
]
/** Latin letters that look like Cyrillic ones: «kг», typed with mixed keyboard layouts. */
const lookalikes: Record<string, string> = { k: 'к', m: 'м', p: 'р', c: 'с', y: 'у', t: 'т' }

const fold = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[\s.]{1,5}$/, '')
    .trim()

/** Canonical name of a unit («кг», «г», «мл», «л», «шт», …) in any Russian or English spelling; null if unknown. */
export function canonicalUnit(text: string): string | null {
  const folded = fold(text)
  const russian = /[а-я]/.test(folded) ? folded.replace(/[a-z]/g, letter => lookalikes[letter] ?? letter) : folded
  return spellings.find(([spelling]) => spelling.test(russian))?.[1] ?? null
}

/** Parses an amount with its unit: «500 г», «за 1 кг», «0,5 л», «₽/кг». `value` is 1 by default. */
export function readAmount(text: string): { value: number; unit: string } | null {
  const stripped = text
    .slice(0, 60)
    .normalize('NFC')
    .trim()
    .replace(/^(?:цена\s)?\s?(?:₽|руб(?:\.|лей)?|р\.?)?\s?(?:\/|за\s|на\s|per\s)\s?/iu, '')
  const parts = /^([\d\s.,'’]*?)\s?(\p{L}[\p{L}.]*)$/u.exec(stripped)
  const unit = canonicalUnit(parts?.[2] ?? '')
  if (unit === null) return null
  const numeral = parts?.[1]?.trim() ?? ''
  const value = numeral === '' ? 1 : readNumber(numeral, { threeDecimals: unit === 'кг' || unit === 'л' })
  return value === null ? null : { value, unit }
}

/** Normalizes the unit of sale: «1 кг» and «за кг» become «кг», «100 г» stays a portion, an unknown unit stays as it is. */
export function saleUnit(text: string): string {
  const amount = readAmount(text)
  if (amount === null) return text.normalize('NFC').toLowerCase().replace(/\.$/, '')
  return amount.value === 1 ? amount.unit : `${String(amount.value).replace('.', ',')} ${amount.unit}`
}

const gramsIn: Record<string, number> = { кг: 1000, г: 1, мг: 0.001, л: 1000, мл: 1 }
/** Maximum plausible weight: a higher number is an error of the card. */
const heaviestGrams = 100_000

/** Converts an amount to grams, with 1 ml as 1 g; null for units without weight, values not above zero, and implausible ones. */
export function toGrams(value: number, unit: string): number | null {
  const grams = value * (gramsIn[canonicalUnit(unit) ?? ''] ?? Number.NaN)
  return grams > 0 && grams <= heaviestGrams ? Math.round(grams * 1000) / 1000 : null
}

/** Units in which any fraction can be bought; all others («шт», «уп», «пач», …) count whole pieces or packs. */
const fractional = new Set(['кг', 'л'])

/** True if a quantity in this unit may be a fraction: loose goods by the kilogram or litre. */
export const isFractional = (unit: string): boolean => fractional.has(unit)

/** Number of pieces in a pack by its name («Яйцо куриное С0, 10 шт»), or null. */
export function piecesInPack(name: string): number | null {
  const pieces = Number(/(?<!\d)(\d{1,3})\s*шт(?!\p{L})/iu.exec(name)?.[1] ?? 0)
  return pieces > 1 ? pieces : null
}

/** Eggs in a box whose name states no number. */
const usualEggs = 10

/** Number of eggs in a box; null if the product is not a box of eggs (a salad with egg, a chocolate egg). */
export function eggsInPack(name: string): number | null {
  const pieces = piecesInPack(name)
  if (/^яй(?:ц|ко)/i.test(name)) return /шоколад|киндер/i.test(name) ? null : (pieces ?? usualEggs)
  return pieces !== null && /(?<!\p{L})(?:яйц[оа]|яиц)(?!\p{L})/iu.test(name) ? pieces : null
}
