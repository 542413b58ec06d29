import type { QuantityOrigin } from '../shop/cart-quantity.ts'
import { parseJson } from '../shop/json.ts'
import type { Product } from '../shop/shop.ts'
import type { Message } from './gigachat/types.ts'
import { fromBrief, ProductBrief } from './product-brief.ts'

export interface KnownProduct {
  product: Product
  origin: QuantityOrigin
}

export interface ProductMemory {
  add(product: Product, origin: QuantityOrigin): void
  get(xmlId: number): KnownProduct | undefined
}

/** The products this dialogue has seen. What earlier messages found is read back from the tool results in its history. */
export function createProductMemory(history: readonly Message[]): ProductMemory {
  const known = new Map<number, KnownProduct>()
  const add = (product: Product, origin: QuantityOrigin) => void known.set(product.xmlId, { product, origin })
  for (const message of history) {
    if (message.role !== 'function') continue
    const origin = message.name === 'recipe_ingredients' ? 'recipe' : 'person'
    for (const product of productsIn(parseJson(message.content))) add(product, origin)
  }
  return { add, get: xmlId => known.get(xmlId) }
}

function productsIn(value: unknown): Product[] {
  if (typeof value !== 'object' || value === null) return []
  const brief = ProductBrief.safeParse(value)
  return brief.success ? [fromBrief(brief.data)] : Object.values(value).flatMap(productsIn)
}
