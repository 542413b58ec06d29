import { z } from 'zod'
import { offerOf } from '../shop/offer.ts'
import { pricePerUnit } from '../shop/price-per-unit.ts'
import type { Price, Product } from '../shop/shop.ts'

/**
 * A product as the model sees it and as history keeps it, in roubles. `price` is what one `unit` costs a user who meets no
 * condition, the same that a cart of one counts; a discount stands beside it.
 */
export const ProductBrief = z.object({
  xml_id: z.int().positive(),
  /** Left out where it is the same number as `xml_id`. */
  id: z.int().positive().optional(),
  name: z.string().min(1),
  price: z.number().nonnegative().nullable(),
  /** The price without the discount that `price` has. */
  old_price: z.number().nonnegative().optional(),
  /** A price that `price` is not, for it holds under `discount_condition` alone. */
  discount_price: z.number().nonnegative().optional(),
  discount_condition: z.string().optional(),
  /** Of a kilogram, or of a litre; one of the two, null when unknown. */
  price_per_kg: z.number().nonnegative().nullish(),
  price_per_l: z.number().nonnegative().optional(),
  unit: z.string(),
  weight_g: z.number().positive().optional(),
  rating: z.number().optional(),
})
export type ProductBrief = z.infer<typeof ProductBrief>

/** The brief of a product on the day `today` («2026-11-29»), which discounts are judged by. */
export function toBrief(product: Product, today: string): ProductBrief {
  const { xmlId, id, name, unit, weightGrams, rating } = product
  const { priceMinor, regularMinor, discount } = offerOf(product, 1, today)
  const perUnit = pricePerUnit(product, today)
  // kept with a price that it lowers already too: the day may end while the dialogue goes on
  const condition = discount?.condition ?? (priceMinor === product.price?.currentMinor ? product.price.condition : null)
  return {
    xml_id: xmlId,
    ...(id !== xmlId && { id }),
    name,
    price: roubles(priceMinor),
    ...(regularMinor !== null && { old_price: regularMinor / 100 }),
    ...(discount !== null && { discount_price: discount.priceMinor / 100 }),
    ...(condition !== null && { discount_condition: condition }),
    ...(perUnit?.per === 'л'
      ? { price_per_l: perUnit.minor / 100 }
      : { price_per_kg: roubles(perUnit?.minor ?? null) }),
    unit,
    ...(weightGrams !== null && { weight_g: weightGrams }),
    ...(rating !== null && { rating: rating.average }),
  }
}

const roubles = (minor: number | null) => (minor === null ? null : minor / 100)

/** What a brief still knows of the product; enough to count a cart with. */
export const fromBrief = (brief: ProductBrief): Product => ({
  xmlId: brief.xml_id,
  id: brief.id ?? brief.xml_id,
  name: brief.name,
  price: priceOf(brief),
  unit: brief.unit,
  weightGrams: brief.weight_g ?? null,
  rating: null,
  url: null,
})

function priceOf({ price, old_price, discount_price, discount_condition }: ProductBrief): Price | null {
  if (price === null) return null
  const regular = discount_price === undefined ? old_price : price
  return {
    currentMinor: kopecks(discount_price ?? price),
    oldMinor: regular === undefined ? null : kopecks(regular),
    condition: discount_condition ?? null,
  }
}

const kopecks = (rub: number) => Math.round(rub * 100)
