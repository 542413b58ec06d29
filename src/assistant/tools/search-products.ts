import type { QuantityOrigin } from '../../shop/cart-quantity.ts'
import { looksIrrelevant } from '../../shop/relevance.ts'
import { cleanQuery } from '../../shop/search-query.ts'
import type { Product, SearchSort, Shop } from '../../shop/shop.ts'
import { maskPersonalData, withoutPersonalData } from '../../telemetry/masking.ts'
import type { Preference } from '../../users/users.ts'
import type { MessageContext } from '../message-context.ts'
import { within } from '../within.ts'
import { foldCase } from '../words.ts'

const longestRecordedQuery = 255

export interface ProductSearch {
  query: string
  sort?: SearchSort | undefined
  origin: QuantityOrigin
}

export interface FoundProducts {
  products: Product[]
  /** The preference that changed the query. */
  preference: string | null
  /** Nothing found looks like what was asked for. */
  doubtful: boolean
}

export type SearchProducts = (search: ProductSearch, message: MessageContext) => Promise<FoundProducts>

/**
 * One search on behalf of a message: preferences applied, the result remembered as seen and written down as
 * `product_search`. What this message has searched before, in a recipe for instance, is not searched again. The shop
 * learns nothing of the user: personal data is left out of the query, and a query of nothing else is not sent. Throws what
 * the shop throws; a search without a result is no event.
 */
export const createSearchProducts =
  (shop: Pick<Shop, 'search'>): SearchProducts =>
  async ({ query, sort = 'popularity', origin }, message) => {
    const preference = preferenceFor(query, await message.preferences())
    const wanted = withoutPersonalData(preference === null ? query : withPreference(query, preference))
    if (wanted === '') return { products: [], preference: null, doubtful: false }
    const key = `${sort} ${foldCase(wanted)}`
    const before = message.searches.get(key)
    if (before !== undefined) return before

    message.question.onProgress({ stage: 'searching', searches: message.searches.size + 1 })
    const { products, total } = await within(message.signal, () => shop.search(wanted, { sort }))
    for (const product of products) message.products.add(product, origin)
    const names = products.map(product => product.name)
    const found = { products, preference: preference?.preference ?? null, doubtful: looksIrrelevant(wanted, names) }
    message.searches.set(key, found)
    message.record(`search/${message.searches.size}`, 'product_search', {
      query: maskPersonalData(query).slice(0, longestRecordedQuery),
      results_count: products.length === 0 ? 0 : Math.max(total, products.length),
      had_results: products.length > 0,
    })
    return found
  }

const preferenceFor = (query: string, preferences: readonly Preference[]) => {
  const wanted = foldCase(cleanQuery(query))
  return preferences.find(({ category }) => foldCase(category) === wanted) ?? null
}

/** «молоко» with «безлактозное» is «молоко безлактозное»; with «молоко топлёное» it is just that. */
const withPreference = (query: string, { category, preference }: Preference) =>
  foldCase(preference).includes(foldCase(category)) ? preference : `${cleanQuery(query)} ${preference}`
