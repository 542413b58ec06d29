import { toThousandths } from './cart-items.ts'
import type { Product } from './shop.ts'
import { maxQuantity, minQuantity } from './tools.ts'
import { eggsInPack, isFractional } from './units.ts'

/** Who named the quantity: a user means the unit of the product, a recipe may mean grams or single eggs. */
export type QuantityOrigin = 'user' | 'recipe'

export interface FixedQuantity {
  q: number
  /** Why it differs from the requested quantity, in Russian; empty if it does not. */
  reasons: string[]
}

/** Above this a recipe's number cannot be packs, so it is grams. */
const mostPacksOfRecipe = 10
/** From this number on kilograms or litres can only be grams or millilitres. */
const surelyGrams = 100

/** Corrects a quantity to one that the shop sells: whole pieces, at most 40, with grams converted to pieces. */
export function fixQuantity(product: Product, asked: number, origin: QuantityOrigin): FixedQuantity {
  const steps: [reason: string, change: (q: number) => number][] = isFractional(product.unit)
    ? [['число понято как граммы', q => (q >= surelyGrams ? toThousandths(q / 1000) : q)]]
    : [...(origin === 'recipe' ? recipeSteps(product) : []), ['продаётся только целиком, округлено вверх', wholeUp]]
  steps.push([`меньше ${String(minQuantity).replace('.', ',')} заказать нельзя`, q => Math.max(q, minQuantity)])
  steps.push([`больше ${maxQuantity} в одну корзину не помещается`, q => Math.min(q, maxQuantity)])

  const reasons: string[] = []
  let q = asked
  for (const [reason, change] of steps) {
    const changed = change(q)
    if (changed !== q) reasons.push(reason)
    q = changed
  }
  return { q, reasons }
}

function recipeSteps(product: Product): [string, (q: number) => number][] {
  const eggs = eggsInPack(product.name)
  if (eggs !== null) return [[`яйца продаются упаковкой по ${eggs} шт`, q => (q > 1 ? Math.ceil(q / eggs) : q)]]
  const grams = product.weightGrams
  if (grams === null) return []
  return [
    [
      `граммы пересчитаны в упаковки по ${formatGrams(grams)}`,
      q => (q > mostPacksOfRecipe ? Math.min(q, Math.ceil(q / grams)) : q),
    ],
  ]
}

/** Rounds up after removing floating-point error: 3.0000001 packs are 3, not 4. */
const wholeUp = (q: number) => Math.ceil(toThousandths(q))

const formatGrams = (grams: number) => `${String(grams).replace('.', ',')} г`
