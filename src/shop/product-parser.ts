import { z } from 'zod'
import { LenientNumber, orNull } from './lenient.ts'
import { plainLine } from './plain-text.ts'
import { parsePrice } from './price-parser.ts'
import type { Product } from './shop.ts'
import { maxProductId } from './tools.ts'
import { readAmount, saleUnit, toGrams } from './units.ts'

/** Maximum lengths of a name and a unit: longer ones come from broken cards and would fill the chat. */
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
  weight: z.unknown().optional(),
  rating: orNull(z.looseObject({ average: LenientNumber, count: LenientNumber.catch(0) })),
  url: orNull(z.string()),
  category: orNull(z.array(z.unknown())),
})

/** Parses an item; null if it has no id for the cart or no name. Other invalid fields become null. */
export function parseProduct(raw: unknown): Product | null {
  const parsed = RawProduct.safeParse(raw)
  if (!parsed.success) return null
  const { id, xml_id: xmlId, name, price, unit, weight, rating, url, category } = parsed.data
  const soldBy = saleUnit(cut(longestUnit)(plainLine(unit ?? ''))) || 'шт'
  return {
    id: id ?? xmlId,
    xmlId,
    name,
    price: parsePrice(price, soldBy),
    unit: soldBy,
    weightGrams: parseWeight(weight) ?? portionGrams(soldBy),
    rating: rating && rating.average > 0 ? { average: rating.average, count: rating.count } : null,
    url: url ? productUrl(url) : null,
    ...categoriesOf(category ?? []),
  }
}

/** Cuts a text without splitting a surrogate pair. */
function cut(limit: number): (text: string) => string {
  return text => (text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`)
}

const Category = z.looseObject({ name: z.string().transform(plainLine).pipe(z.string().min(1)) })
/** The shop's tree is two or three deep. */
const mostCategories = 6

/** Names of the categories, from leaf to root. */
function categoriesOf(raw: readonly unknown[]): Pick<Product, 'category'> {
  const names = raw.slice(0, mostCategories).flatMap(item => {
    const category = Category.safeParse(typeof item === 'string' ? { name: item } : item)
    return category.success ? [cut(longestName)(category.data.name)] : []
  })
  return names.length === 0 ? {} : { category: names }
}

const Weight = z.looseObject({ value: z.union([z.number(), z.string()]), unit: orNull(z.string()) })

/** Parses a weight in grams from `{value, unit}` or a text such as «500 г»; null if it is ambiguous. */
function parseWeight(raw: unknown): number | null {
  if (typeof raw === 'string') return grams(raw)
  const weight = Weight.safeParse(raw)
  if (!weight.success) return null
  const { value, unit } = weight.data
  const perUnit = readAmount(plainLine(unit ?? ''))
  if (perUnit === null) return typeof value === 'string' && !unit ? grams(value) : null
  if (perUnit.value !== 1) return null
  if (typeof value === 'number') return toGrams(value, perUnit.unit)
  return grams(value) ?? grams(`${value} ${perUnit.unit}`)
}

function grams(text: string): number | null {
  const amount = readAmount(plainLine(text))
  return amount === null ? null : toGrams(amount.value, amount.unit)
}

/** Weight of a product sold by a portion such as «100 г»; null for one sold by «кг». */
const portionGrams = (unit: string) => (/^\d/.test(unit) ? grams(unit) : null)

/** Returns a URL of the shop's own site only. */
function productUrl(text: string): string | null {
  if (!URL.canParse(text, 'https://vkusvill.ru')) return null
  const url = new URL(text, 'https://vkusvill.ru')
  const ofShop = url.protocol === 'https:' && /^(?:www\.)?vkusvill\.ru$/.test(url.host) && url.username === ''
  return ofShop ? url.href : null
}
