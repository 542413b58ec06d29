import { judgeCondition } from './discount-condition.ts'
import type { Product } from './shop.ts'

/** What one unit of a product costs a user who meets no condition but the quantity and the day. Kopecks. */
interface Offer {
  priceMinor: number | null
  /** The price without the discount that `priceMinor` has. */
  regularMinor: number | null
  /** A discount that is not in `priceMinor`, with its condition in the shop's words. */
  discount: { priceMinor: number; condition: string } | null
  /** What the user should know of `priceMinor`, in Russian. */
  note?: string
}

/**
 * The price of one unit when `q` of them are bought on the day `today` («2026-11-29»). Search results, sorting, carts and
 * texts all take it from here, so that they name the same price.
 */
export function offerOf({ price, unit }: Pick<Product, 'price' | 'unit'>, q: number, today: string): Offer {
  if (price === null) return { priceMinor: null, regularMinor: null, discount: null }
  const { currentMinor, oldMinor, condition } = price
  const standing = condition === null ? 'holds' : judgeCondition(condition, { q, unit, today })
  if (standing === 'holds') return { priceMinor: currentMinor, regularMinor: oldMinor, discount: null }
  if (oldMinor === null) {
    return {
      priceMinor: currentMinor,
      regularMinor: null,
      discount: null,
      note: `цена действует при условии: ${condition}`,
    }
  }
  if (standing === 'over' || condition === null) return { priceMinor: oldMinor, regularMinor: null, discount: null }
  return {
    priceMinor: oldMinor,
    regularMinor: null,
    discount: { priceMinor: currentMinor, condition },
    note: `без скидки, её условие: ${condition}`,
  }
}
