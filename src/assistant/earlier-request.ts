import { z } from 'zod'
import type { CartLine } from '../shop/cart.ts'
import { parseJson } from '../shop/json.ts'
import { productsInHistory } from './history-products.ts'
import type { Message } from './model/chat-model.ts'
import { isAskedFor, notObtained } from './not-found.ts'

/** What the messages since the last cart asked for: the cart made now may answer them. */
export interface EarlierRequest {
  /** What the user wrote. */
  text: string
  /** Asked for and not found by then. */
  missed: readonly string[]
  /** The products found. */
  products: ReadonlySet<number>
}

const Outcome = z.looseObject({ ok: z.literal(true) })
const Query = z.looseObject({
  q: z.string(),
  products: z.array(z.unknown()).optional(),
  relevance_warning: z.string().optional(),
})
const Search = z.union([z.looseObject({ results: z.array(z.unknown()) }), Query])

/** Reads from the dialogue what was asked since the last cart. */
export function earlierRequest(history: readonly Message[]): EarlierRequest {
  const isCart = (message: Message) =>
    message.role === 'function' &&
    message.name === 'vkusvill_cart_link_create' &&
    Outcome.safeParse(parseJson(message.content)).success
  const since = history.slice(history.findLastIndex(isCart) + 1)
  const text = since.flatMap(({ role, content }) => (role === 'user' ? [content ?? ''] : [])).join('\n')
  const missed = new Set<string>()
  for (const message of since) {
    if (message.role !== 'function' || message.name !== 'vkusvill_products_search') continue
    for (const { q, products = [], relevance_warning: warning } of queriesIn(parseJson(message.content))) {
      if (products.length === 0 || warning !== undefined) missed.add(q)
      else missed.delete(q)
    }
  }
  return {
    text,
    missed: [...missed].filter(query => isAskedFor(query, text)),
    products: new Set(productsInHistory(since).map(({ product }) => product.xmlId)),
  }
}

function queriesIn(result: unknown): z.infer<typeof Query>[] {
  const search = Search.safeParse(result)
  if (!search.success) return []
  const { data } = search
  return (Array.isArray(data.results) ? data.results : [data]).flatMap(entry => Query.safeParse(entry).data ?? [])
}

/**
 * Everything that the user asked for and no line of the cart is: `missed` in this message, and in those before it where the
 * cart goes on with what they found.
 */
export function notFoundFor(missed: readonly string[], earlier: EarlierRequest, lines: readonly CartLine[]): string[] {
  const goesOn = lines.some(({ product }) => earlier.products.has(product.xmlId))
  return notObtained([...new Set([...(goesOn ? earlier.missed : []), ...missed])], lines)
}
