import { z } from 'zod'
import { LenientNumber, orNull } from './lenient.ts'
import { plainLine } from './plain-text.ts'
import { parsePrice } from './price-parser.ts'
import type { Product } from './shop.ts'
import { maxProductId } from './tools.ts'

/** Longer than any name or unit of the shop; what is beyond comes from a broken card and would fill the chat. */
const longestName = 200
const longestUnit = 20

const ProductId = LenientNumber.pipe(z.int().min(1).max(maxProductId))

const RawProduct = z.looseObject({
  id: orNull(ProductId),
  xml_id: ProductId,
  name: z
    .string()
    .transform(plainLine)
    .pipe(z.string().min(1).transform(cut(longestName))),
  price: z.unknown().optional(),
  unit: orNull(z.string()),
  weight: orNull(z.looseObject({ value: LenientNumber, unit: z.string() })),
  rating: orNull(z.looseObject({ average: LenientNumber, count: LenientNumber.catch(0) })),
  url: orNull(z.string()),
})

/** One item of the shop's answer; null when it cannot be put into a cart or has no name. What else is amiss becomes null. */
export function parseProduct(raw: unknown): Product | null {
  const parsed = RawProduct.safeParse(raw)
  if (!parsed.success) return null
  const { id, xml_id: xmlId, name, price, unit, weight, rating, url } = parsed.data
  return {
    id: id ?? xmlId,
    xmlId,
    name,
    price: parsePrice(price),
    unit:
      cut(longestUnit)(plainLine(unit ?? ''))
        .toLowerCase()
        .replace(/\.$/, '') || 'шт',
    weightGrams: weight ? toGrams(weight.value, weight.unit) : null,
    rating: rating && rating.average > 0 ? { average: rating.average, count: rating.count } : null,
    url: url ? productUrl(url) : null,
  }
}

/** Half of a surrogate pair is no character. */
function cut(limit: number): (text: string) => string {
  return text => (text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`)
}

const gramsIn: Record<string, number> = { кг: 1000, г: 1, гр: 1, л: 1000, мл: 1 }

/** A millilitre counts as a gram. */
function toGrams(value: number, unit: string): number | null {
  const grams = value * (gramsIn[unit.trim().toLowerCase().replace(/\.$/, '')] ?? 0)
  return grams > 0 ? Math.round(grams * 1000) / 1000 : null
}

/** Only pages of the shop itself are passed on. */
function productUrl(text: string): string | null {
  if (!URL.canParse(text, 'https://vkusvill.ru')) return null
  const url = new URL(text, 'https://vkusvill.ru')
  const ofShop = url.protocol === 'https:' && /^(?:www\.)?vkusvill\.ru$/.test(url.host) && url.username === ''
  return ofShop ? url.href : null
}
