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

/** What a condition without readable words is shown as. */
const unnamedCondition = 'по условиям акции'

/** Nothing on sale costs more: such a number is a slip of the shop. */
const dearestMinor = 100_000_000

/**
 * The price of one `unit` in kopecks; null when it is absent, in doubt, not in roubles, not above zero, or beyond belief. A
 * price that is only text must name its currency.
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

/** «1 299», «93,50 ₽», «93 руб. 50 коп.», «9350 коп.», each perhaps with «/кг» or «за кг» behind it. */
const written =
  /^(?:(?:₽|rub|rur|руб\.?)\s?)?(?<whole>[\d\s.,'’]+?)\s?(?:(?:₽|rub|rur|руб(?:л\p{L}{1,2})?|р)\.?\s?(?:(?<kopecks>\d{1,2})\s?(?:коп\p{L}{0,3}|к)\.?)?|(?<only>коп\p{L}{0,3})\.?)?(?:\s?(?:\/|за\s)\s?(?:1\s)?(?<per>\p{L}+)\.?)?$/iu

/** Kopecks of an amount in roubles. Rounding also removes the noise of floating point the shop's prices carry. */
function toMinor(amount: number | string, unit: string): number | null {
  const minor = typeof amount === 'number' ? Math.round(amount * 100) : writtenMinor(amount, unit)
  return minor !== null && minor > 0 && minor <= dearestMinor ? minor : null
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

/** Nobody writes parts of a kopeck; what floating point left of them is not meant. */
const wholeKopecks = (minor: number) => (Math.abs(minor - Math.round(minor)) < 1e-6 ? Math.round(minor) : null)

/** `discount_info` is seen as text, but not promised to be; whatever it is, a condition there is a condition. */
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
