import { z } from 'zod'
import type { Product } from '../shop/shop.ts'

/** A product as the model sees it and as history keeps it. Prices in roubles for one `unit`. */
export const ProductBrief = z.object({
  xml_id: z.int().positive(),
  id: z.int().positive(),
  name: z.string().min(1),
  price: z.number().nonnegative().nullable(),
  old_price: z.number().nonnegative().optional(),
  price_condition: z.string().optional(),
  unit: z.string(),
  weight_g: z.number().positive().optional(),
  rating: z.number().optional(),
})
export type ProductBrief = z.infer<typeof ProductBrief>

export const toBrief = ({ xmlId, id, name, price, unit, weightGrams, rating }: Product): ProductBrief => ({
  xml_id: xmlId,
  id,
  name,
  price: price === null ? null : price.currentMinor / 100,
  ...(price?.oldMinor != null && { old_price: price.oldMinor / 100 }),
  ...(price?.condition != null && { price_condition: price.condition }),
  unit,
  ...(weightGrams !== null && { weight_g: weightGrams }),
  ...(rating !== null && { rating: rating.average }),
})

/** What a brief still knows of the product; enough to count a cart with. */
export const fromBrief = (brief: ProductBrief): Product => ({
  xmlId: brief.xml_id,
  id: brief.id,
  name: brief.name,
  price:
    brief.price === null
      ? null
      : {
          currentMinor: Math.round(brief.price * 100),
          oldMinor: brief.old_price === undefined ? null : Math.round(brief.old_price * 100),
          condition: brief.price_condition ?? null,
        },
  unit: brief.unit,
  weightGrams: brief.weight_g ?? null,
  rating: null,
  url: null,
})
