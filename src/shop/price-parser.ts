import { z } from 'zod'
import { LenientNumber, orNull } from './lenient.ts'
import { plainText } from './plain-text.ts'
import type { Price } from './shop.ts'

const RawPrice = z.looseObject({
  current: LenientNumber,
  currency: orNull(z.string()),
  old: orNull(LenientNumber),
  discount_info: z.unknown().optional(),
})

/** What a condition without readable words is shown as. */
const unnamedCondition = 'по условиям акции'

/** Nothing on sale costs more: such a number is a slip of the shop. */
const dearestMinor = 100_000_000

/** The price in kopecks; null when it is absent, not in roubles, not above zero, or beyond belief. */
export function parsePrice(raw: unknown): Price | null {
  const price = RawPrice.safeParse(raw)
  if (!price.success || (price.data.currency ?? 'RUB').toUpperCase() !== 'RUB') return null
  const currentMinor = toMinor(price.data.current)
  if (currentMinor <= 0 || currentMinor > dearestMinor) return null
  const oldMinor = toMinor(price.data.old ?? 0)
  return {
    currentMinor,
    oldMinor: oldMinor > currentMinor && oldMinor <= dearestMinor ? oldMinor : null,
    condition: parseCondition(price.data.discount_info),
  }
}

/** Rounding also removes the noise of floating point the shop's prices carry. */
const toMinor = (roubles: number) => Math.round(roubles * 100)

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
