import { buildCart, type Cart, type CartResult, maxPositions, type RequestedItem } from '../shop/cart.ts'
import type { QuantityOrigin } from '../shop/cart-quantity.ts'
import type { ProductMemory } from './product-memory.ts'

/**
 * A cart of what a person counted and what a recipe measured: each quantity is read by where its product came from. Lines
 * keep the order asked for.
 */
export function buildMixedCart(requested: readonly RequestedItem[], products: ProductMemory): CartResult {
  const known = (xmlId: number) => products.get(xmlId)?.product
  const unknownIds = [...new Set(requested.map(item => item.xmlId))].filter(xmlId => known(xmlId) === undefined)
  if (unknownIds.length > 0) return { ok: false, reason: 'unknown', unknownIds }

  const parts: Cart[] = []
  for (const origin of ['person', 'recipe'] satisfies QuantityOrigin[]) {
    const own = requested.filter(item => products.get(item.xmlId)?.origin === origin)
    const part = buildCart(own, known, origin)
    if (part.ok) parts.push(part.cart)
    else if (own.length > 0) return part
  }
  const order = new Map([...requested].reverse().map((item, i) => [item.xmlId, -i]))
  const lines = parts
    .flatMap(part => part.lines)
    .sort((a, b) => (order.get(a.product.xmlId) ?? 0) - (order.get(b.product.xmlId) ?? 0))
  if (lines.length === 0) return { ok: false, reason: 'empty', unknownIds: [] }
  if (lines.length > maxPositions) return { ok: false, reason: 'too_many', unknownIds: [] }
  return {
    ok: true,
    cart: {
      lines,
      totalMinor: parts.reduce<number | null>(
        (sum, { totalMinor }) => (sum === null || totalMinor === null ? null : sum + totalMinor),
        0,
      ),
      corrections: parts.flatMap(part => part.corrections),
      items: lines.map(({ product, q }) => ({ xmlId: product.xmlId, q })),
    },
  }
}
