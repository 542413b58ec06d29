import { RateLimitError, TimeoutError } from '../../errors.ts'
import type { SearchSort } from '../../shop/shop.ts'
import type { MessageContext } from '../message-context.ts'
import { type Achievement, addAchievement, type FoundProducts } from '../message-state.ts'
import { type SearchProducts, searchKey, wantedOf } from './search-products.ts'

/** Searches in flight of one call: enough to keep to the shop's pace while its answers take seconds. */
const concurrency = 3

export interface BatchedQuery {
  query: string
  /** Null when the search failed. */
  found: FoundProducts | null
}

interface Batch {
  /** In the order of the queries. */
  results: BatchedQuery[]
  achieved: Pick<Achievement, 'products' | 'searches'>
}

/**
 * Searches several queries for one call of the model, at the shop's pace; equal ones once. A search that fails leaves the
 * others; after a rate limit, or near the deadline, no further one begins. Throws the failure when all of them failed.
 */
export async function searchBatch(
  queries: readonly string[],
  sort: SearchSort | undefined,
  searchProducts: SearchProducts,
  message: MessageContext,
): Promise<Batch> {
  message.signal.throwIfAborted()
  const keys = await Promise.all(
    queries.map(async query => searchKey((await wantedOf(query, message)).wanted, sort ?? 'popularity')),
  )
  const distinct = [...new Map(queries.map((query, i) => [keys[i], query])).entries()].map(([key, query]) => ({
    key,
    query,
  }))
  const found = new Map<string | undefined, Awaited<ReturnType<SearchProducts>>>()
  let state = message.state
  let failure: unknown = null
  let begun = 0

  async function work(): Promise<void> {
    for (let item = distinct[begun++]; item !== undefined; item = distinct[begun++]) {
      if (failure instanceof RateLimitError || message.signal.aborted) return
      if (message.toolTimeMs() <= 0) {
        failure ??= new TimeoutError('shop', 0)
        return
      }
      const ordinal = message.state.searches.size + begun
      try {
        const search = { query: item.query, sort, origin: 'user' as const, ordinal }
        const outcome = await searchProducts(search, { ...message, state })
        state = addAchievement(state, outcome.achieved)
        found.set(item.key, outcome)
      } catch (err) {
        failure = err
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  if (found.size === 0) throw failure

  return {
    results: queries.map((query, i) => ({ query, found: found.get(keys[i])?.found ?? null })),
    achieved: {
      products: distinct.flatMap(({ key }) => found.get(key)?.achieved.products ?? []),
      searches: new Map(distinct.flatMap(({ key }) => [...(found.get(key)?.achieved.searches ?? [])])),
    },
  }
}
