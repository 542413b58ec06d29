import { parseJson } from '../shop/json.ts'
import type { Product } from '../shop/shop.ts'
import type { Message } from './gigachat/types.ts'
import type { KnownProduct } from './message-state.ts'
import { fromBrief, ProductBrief } from './product-brief.ts'

/** Products of earlier messages, read back from the tool results in the history; the latest mention comes last. */
export const productsInHistory = (history: readonly Message[]): KnownProduct[] =>
  history.flatMap(message => {
    if (message.role !== 'function') return []
    const origin = message.name === 'recipe_ingredients' ? 'recipe' : 'user'
    return productsIn(parseJson(message.content)).map(product => ({ product, origin }))
  })

function productsIn(value: unknown): Product[] {
  if (typeof value !== 'object' || value === null) return []
  const brief = ProductBrief.safeParse(value)
  return brief.success ? [fromBrief(brief.data)] : Object.values(value).flatMap(productsIn)
}
