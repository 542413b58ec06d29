import { mergeItems } from './cart-items.ts'
import { fixQuantity, type QuantityOrigin } from './cart-quantity.ts'
import { unitPrice } from './discount-condition.ts'
import type { CartItem, Product } from './shop.ts'

/** One line of a finished cart. `sumMinor` is null when the price is unknown. */
export interface CartLine {
  product: Product
  q: number
  /** The unit price counted with: `current`, or `old` when the discount's condition is not known to hold. */
  priceMinor: number | null
  sumMinor: number | null
  /** What a person should know of the price counted with, in Russian: a discount left out or presumed. */
  priceNote?: string
}

/** A quantity that was changed, so that the model does not change it back. */
export interface CartCorrection {
  xmlId: number
  asked: number
  q: number
  /** In Russian. */
  reason: string
}

export interface Cart {
  lines: CartLine[]
  /** Σ of the rounded line sums in kopecks; null as soon as one price is unknown. */
  totalMinor: number | null
  corrections: CartCorrection[]
  items: CartItem[]
}

/** The last cart of a user as the shop gave it: kept 24 h so that it can be extended, or shown again after a restart. */
export interface StoredCart extends Pick<Cart, 'lines' | 'totalMinor'> {
  link: string
}

/** A product the model asks for; without `q`, one. */
export interface RequestedItem {
  xmlId: number
  q?: number | undefined
}

export type CartResult =
  | { ok: true; cart: Cart }
  /** `unknown`: ids that were never found, which the shop would refuse; empty for the other reasons. */
  | { ok: false; reason: 'empty' | 'too_many' | 'unknown'; unknownIds: number[] }

/** Positions of one cart; the shop's own advice, below its hard limit. */
export const maxPositions = 20

/**
 * A cart of known products, with equal ones merged, quantities the shop can sell, and sums in kopecks. The total is an
 * estimate: the shop weighs loose goods when it picks them. `origin` may differ from product to product.
 */
export function buildCart(
  requested: readonly RequestedItem[],
  known: (xmlId: number) => Product | undefined,
  origin: QuantityOrigin | ((xmlId: number) => QuantityOrigin),
): CartResult {
  const asked = mergeItems(requested.map(({ xmlId, q }) => ({ xmlId, q: isQuantity(q) ? q : 1 })))
  if (asked.length === 0) return { ok: false, reason: 'empty', unknownIds: [] }
  if (asked.length > maxPositions) return { ok: false, reason: 'too_many', unknownIds: [] }

  const corrections = requested.flatMap(invalidQuantity)
  const lines: CartLine[] = []
  const unknownIds: number[] = []
  for (const item of asked) {
    const product = known(item.xmlId)
    if (product === undefined) {
      unknownIds.push(item.xmlId)
      continue
    }
    const from = typeof origin === 'function' ? origin(item.xmlId) : origin
    const { q, reasons } = fixQuantity(product, item.q, from)
    if (reasons.length > 0) corrections.push({ xmlId: item.xmlId, asked: item.q, q, reason: reasons.join('; ') })
    lines.push(cartLine(product, q))
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

/** The line of `q` units at the price that holds for so many. */
function cartLine(product: Product, q: number): CartLine {
  const { priceMinor, note } = unitPrice(product.price, q)
  // Thousandths are whole numbers, so that no line is off by a kopeck of floating point.
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
