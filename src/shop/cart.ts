import { mergeItems } from './cart-items.ts'
import { fixQuantity, type QuantityOrigin } from './cart-quantity.ts'
import { offerOf } from './offer.ts'
import type { CartItem, Product } from './shop.ts'

/** One line of a finished cart. `sumMinor` is null when the price is unknown. */
export interface CartLine {
  product: Product
  q: number
  /** The unit price used: `current`, or `old` if the condition of the discount is not known to hold. */
  priceMinor: number | null
  sumMinor: number | null
  /** Note to the user on the price used, in Russian: a discount omitted or assumed. */
  priceNote?: string
}

/** A corrected quantity, reported to the model so that it does not revert it. */
export interface CartCorrection {
  xmlId: number
  asked: number
  q: number
  /** In Russian. */
  reason: string
}

export interface Cart {
  lines: CartLine[]
  /** Sum of the rounded line sums in kopecks; null if any price is unknown. */
  totalMinor: number | null
  corrections: CartCorrection[]
  items: CartItem[]
}

/** The last cart of a user: retained for 24 h so that it can be extended, or shown again after a restart. */
export interface StoredCart extends Pick<Cart, 'lines' | 'totalMinor'> {
  link: string
}

/** A product requested by the model; `q` is 1 by default. */
export interface RequestedItem {
  xmlId: number
  q?: number | undefined
}

export type CartResult =
  | { ok: true; cart: Cart }
  /** `unknownIds`: ids that no search returned, which the shop would refuse; empty for the other reasons. */
  | { ok: false; reason: 'empty' | 'unknown'; unknownIds: number[] }
  /** `beyondIds`: the products after the last one that fits. */
  | { ok: false; reason: 'too_many'; unknownIds: number[]; beyondIds: number[] }

/** Maximum positions of a cart, as the shop recommends; its hard limit is higher. */
export const maxPositions = 20

/**
 * Builds a cart of known products: merges equal ones, corrects quantities to those the shop sells, and sums in kopecks. The
 * total is an estimate: the shop weighs loose goods when it picks them. `origin` may differ between products;
 * `today` («2026-11-29») is the day discounts are judged by.
 */
export function buildCart(
  requested: readonly RequestedItem[],
  known: (xmlId: number) => Product | undefined,
  origin: QuantityOrigin | ((xmlId: number, q: number) => QuantityOrigin),
  today: string,
): CartResult {
  const asked = mergeItems(requested.map(({ xmlId, q }) => ({ xmlId, q: isQuantity(q) ? q : 1 })))
  if (asked.length === 0) return { ok: false, reason: 'empty', unknownIds: [] }
  if (asked.length > maxPositions) {
    const beyondIds = asked.slice(maxPositions).map(({ xmlId }) => xmlId)
    return { ok: false, reason: 'too_many', unknownIds: [], beyondIds }
  }

  const corrections = requested.flatMap(invalidQuantity)
  const lines: CartLine[] = []
  const unknownIds: number[] = []
  for (const item of asked) {
    const product = known(item.xmlId)
    if (product === undefined) {
      unknownIds.push(item.xmlId)
      continue
    }
    const from = typeof origin === 'function' ? origin(item.xmlId, item.q) : origin
    const { q, reasons } = fixQuantity(product, item.q, from)
    if (reasons.length > 0) corrections.push({ xmlId: item.xmlId, asked: item.q, q, reason: reasons.join('; ') })
    lines.push(cartLine(product, q, today))
  }
  if (unknownIds.length > 0) return { ok: false, reason: 'unknown', unknownIds }
  return {
    ok: true,
    cart: {
      lines,
      totalMinor: totalOf(lines),
      corrections,
      items: lines.map(({ product, q }) => ({ xmlId: product.xmlId, q })),
    },
  }
}

/** Builds the line of `q` units at the price valid for that quantity. */
function cartLine(product: Product, q: number, today: string): CartLine {
  const { priceMinor, note } = offerOf(product, q, today)
  // integer thousandths, so that floating-point error does not change a line by a kopeck
  const sumMinor = priceMinor === null ? null : Math.round((priceMinor * Math.round(q * 1000)) / 1000)
  return { product, q, priceMinor, sumMinor, ...(note === undefined ? {} : { priceNote: note }) }
}

function totalOf(lines: readonly CartLine[]): number | null {
  let total = 0
  for (const { sumMinor } of lines) {
    if (sumMinor === null) return null
    total += sumMinor
  }
  return total
}

const isQuantity = (q: number | undefined): q is number => q !== undefined && Number.isFinite(q) && q > 0

function invalidQuantity({ xmlId, q }: RequestedItem): CartCorrection[] {
  if (q === undefined || isQuantity(q)) return []
  return [
    {
      xmlId,
      asked: Number.isFinite(q) ? q : 0,
      q: 1,
      reason: 'количество должно быть больше нуля, взята одна единица',
    },
  ]
}
