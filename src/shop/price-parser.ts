import { z } from 'zod'
import { orNull } from './lenient.ts'
import { readNumber } from './numbers.ts'
import { plainLine, plainText } from './plain-text.ts'
import type { Price } from './shop.ts'
import { canonicalUnit } from './units.ts'

const Amount = z.union([z.number(), z.string()])
const RawPrice = z.looseObject({
  current: Amount,
  currency: orNull(z.string()),
  old: orNull(Amount),
  discount_info: z.unknown().optional(),
})

/** Text of a condition without readable text. */
const unnamedCondition = 'по условиям акции'

/** Maximum plausible price: a higher number is an error of the shop. */
const highestMinor = 100_000_000

/**
 * Parses the price of one `unit` in kopecks; null if it is absent, ambiguous, not in roubles, not above zero, or implausible.
 * A price that is only text must name its currency.
 */
export function parsePrice(raw: unknown, unit = 'шт'): Price | null {
  const isNamed = typeof raw === 'string' && !/^[\d\s.,'’-]*$/.test(raw)
  const price = RawPrice.safeParse(isNamed ? { current: raw } : raw)
  if (!price.success || !isRoubles(price.data.currency)) return null
  const currentMinor = toMinor(price.data.current, unit)
  if (currentMinor === null) return null
  const oldMinor = toMinor(price.data.old ?? 0, unit)
  return {
    currentMinor,
    oldMinor: oldMinor !== null && oldMinor > currentMinor ? oldMinor : null,
    condition: parseCondition(price.data.discount_info),
  }
}

const roubles = /^(?:rub|rur|643|₽|р|руб|рубл\p{L}{1,2})\.?$/iu
const isRoubles = (currency: string | null | undefined) =>
  currency === null || currency === undefined || currency.trim() === '' || roubles.test(currency.trim())

/** «1 299», «93,50 ₽», «93 руб. 50 коп.», «9350 коп.», each optionally followed by «/кг» or «за кг». */
const written =
  /^(?:(?:₽|rub|rur|руб\.?)\s?)?(?<whole>[\d\s.,'’]+?)\s?(?:(?:₽|rub|rur|руб(?:л\p{L}{1,2})?|р)\.?\s?(?:(?<kopecks>\d{1,2})\s?(?:коп\p{L}{0,3}|к)\.?)?|(?<only>коп\p{L}{0,3})\.?)?(?:\s?(?:\/|за\s)\s?(?:1\s)?(?<per>\p{L}+)\.?)?$/iu

/** Converts roubles to kopecks. Rounding also removes floating-point error from the shop's prices. */
function toMinor(amount: number | string, unit: string): number | null {
  const minor = typeof amount === 'number' ? Math.round(amount * 100) : writtenMinor(amount, unit)
  return minor !== null && minor > 0 && minor <= highestMinor ? minor : null
}

function writtenMinor(amount: string, unit: string): number | null {
  if (amount.length > 60) return null
  const { whole, kopecks, only, per } = written.exec(plainLine(amount))?.groups ?? {}
  const value = readNumber(whole ?? '')
  if (value === null || (per !== undefined && canonicalUnit(per) !== unit)) return null
  if (only !== undefined) return wholeKopecks(value)
  if (kopecks === undefined) return wholeKopecks(value * 100)
  return Number.isInteger(value) ? value * 100 + Number(kopecks) : null
}

/** Rounds floating-point error; null for actual fractions of a kopeck. */
const wholeKopecks = (minor: number) => (Math.abs(minor - Math.round(minor)) < 1e-6 ? Math.round(minor) : null)

/** Parses `discount_info`, which is usually text; any other non-empty value is a condition too. */
function parseCondition(info: unknown): string | null {
  if (info === null || info === undefined || info === false || info === '') return null
  if (Array.isArray(info) && info.length === 0) return null
  if (typeof info === 'object' && Object.keys(info).length === 0) return null
  const text = plainText(texts(info).join('. ')).replaceAll('\n', ' ')
  return text === '' ? unnamedCondition : text.slice(0, 200)
}

function texts(info: unknown): string[] {
  if (typeof info === 'string') return [info]
  return typeof info === 'object' && info !== null ? Object.values(info).flatMap(texts) : []
}
