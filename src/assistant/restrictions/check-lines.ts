import { RateLimitError } from '../../errors.ts'
import { within } from '../../process/within.ts'
import type { Product, Shop } from '../../shop/shop.ts'
import type { MessageContext } from '../message-context.ts'
import type { Card, FoodVerdict, ProductCheck } from './check-product.ts'

export interface CheckedLines {
  conflicts: { product: Product; conflict: Extract<FoodVerdict, { verdict: 'conflict' }> }[]
  unknown: { product: Product; restriction: Extract<FoodVerdict, { verdict: 'unknown' }>['restriction'] }[]
}

/**
 * Checks products by name, and by card where the name does not decide. A card that cannot be read leaves its product
 * unknown. Throws only when the message ends.
 */
export async function checkLines(
  products: readonly Product[],
  check: ProductCheck,
  shop: Pick<Shop, 'details'>,
  { signal }: Pick<MessageContext, 'signal'>,
): Promise<CheckedLines> {
  const checked: CheckedLines = { conflicts: [], unknown: [] }
  let isLimited = false

  async function readCard(id: number): Promise<Card | null> {
    if (isLimited) return null
    try {
      return await within(signal, () => shop.details(id))
    } catch (err) {
      signal.throwIfAborted()
      isLimited = err instanceof RateLimitError
      return null
    }
  }

  if (check.isEmpty) return checked
  for (const product of products) {
    const byName = check.checkName(product.name)
    const verdict = byName ?? check.check(product.name, await readCard(product.id))
    if (verdict.verdict === 'conflict') checked.conflicts.push({ product, conflict: verdict })
    if (verdict.verdict === 'unknown') checked.unknown.push({ product, restriction: verdict.restriction })
  }
  return checked
}
