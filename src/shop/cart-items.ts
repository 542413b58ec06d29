import { McpError } from '../errors.ts'
import type { CartItem } from './shop.ts'
import { maxCartPositions, maxProductId, maxQuantity, minQuantity } from './tools.ts'

/**
 * Converts positions to those of a cart request. Equal products are merged, since the shop would store one line with q = 1.
 * Throws McpError for requests that the shop would refuse: none or over 30 positions, a quantity outside 0.01..40.
 */
export function cartItems(items: readonly CartItem[]): CartItem[] {
  const merged = mergeItems(items)
  if (merged.length === 0) throw new McpError('empty_cart', 'no positions', false)
  if (merged.length > maxCartPositions)
    throw new McpError('too_many_positions', `over ${maxCartPositions} positions`, false)
  for (const { xmlId, q } of merged) {
    if (!Number.isInteger(xmlId) || xmlId < 1 || xmlId > maxProductId)
      throw new McpError('invalid_product', 'not a product id', false)
    if (!(q >= minQuantity && q <= maxQuantity))
      throw new McpError('invalid_quantity', `a quantity outside ${minQuantity}..${maxQuantity}`, false)
  }
  return merged
}

/** Sums the quantities of equal products, in order of first appearance. */
export function mergeItems(items: readonly CartItem[]): CartItem[] {
  const sums = new Map<number, number>()
  for (const { xmlId, q } of items) sums.set(xmlId, toThousandths((sums.get(xmlId) ?? 0) + q))
  return [...sums].map(([xmlId, q]) => ({ xmlId, q }))
}

/** Rounds to grams of a kilogram, the precision of quantities. */
export const toThousandths = (q: number): number => Math.round(q * 1000) / 1000
