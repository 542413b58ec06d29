import { within } from '../../process/within.ts'
import type { QuantityOrigin } from '../../shop/cart-quantity.ts'
import { sortByPrice } from '../../shop/price-per-unit.ts'
import { looksIrrelevant, textOf } from '../../shop/relevance.ts'
import type { Product, SearchSort, Shop } from '../../shop/shop.ts'
import { maskPersonalData, withoutPersonalData } from '../../telemetry/masking.ts'
import type { MessageContext } from '../message-context.ts'
import type { Achievement, FoundProducts } from '../message-state.ts'
import { byTaste, meetsTaste, tasteFor } from '../tastes.ts'
import { foldCase } from '../words.ts'

const longestRecordedQuery = 255

interface ProductSearch {
  query: string
  sort?: SearchSort | undefined
  origin: QuantityOrigin
  /** Which search of the message it is, for its progress; the next after those made unless several run concurrently. */
  ordinal?: number
}

export type SearchProducts = (search: ProductSearch, message: MessageContext) => Promise<SearchOutcome>

/** Searches differing in nothing but this are one search. */
export const searchKey = (wanted: string, sort: SearchSort) => `${sort} ${foldCase(wanted)}`

/** What the shop is asked for: the query with the stored taste for it, without what is personal. */
export async function wantedOf(query: string, message: Pick<MessageContext, 'preferences' | 'question'>) {
  const taste = tasteFor(query, message.question.text, await message.preferences())
  return { wanted: withoutPersonalData(taste?.query ?? query), taste }
}

interface SearchOutcome {
  found: FoundProducts
  /** The products seen and the search, so that it is not made twice; empty when it was made before. */
  achieved: Pick<Achievement, 'products' | 'searches'>
}

/**
 * Searches on behalf of a message: applies the preferences, records the event `product_search`. A search this message has
 * made before, in a recipe for instance, is answered from its state. The event is named after the search, so that a second
 * delivery of the message, whatever it searches in which order, records none twice. The shop learns nothing of the user: personal data is
 * left out of the query, and a query of nothing else is not sent. Throws what the shop throws, without an event.
 */
export const createSearchProducts =
  (shop: Pick<Shop, 'search'>): SearchProducts =>
  async ({ query, sort = 'popularity', origin, ordinal }, message) => {
    const { wanted, taste } = await wantedOf(query, message)
    if (wanted === '') return { found: { products: [], preference: null, doubtful: false }, achieved: {} }
    const { searches } = message.state
    const key = searchKey(wanted, sort)
    const before = searches.get(key)
    if (before !== undefined) return { found: before, achieved: {} }

    message.question.onProgress({ stage: 'searching', searches: ordinal ?? searches.size + 1 })
    const { products: page, total } = await within(message.signal, () => shop.search(wanted, { sort }))
    const inOrder = sorted(page, sort, message.today)
    const isOrdered = taste?.query === null
    const products = isOrdered ? byTaste(inOrder, taste, message.question.text) : inOrder
    const found = {
      products,
      preference: taste !== null && (!isOrdered || meetsTaste(products, taste)) ? taste.preference : null,
      doubtful: looksIrrelevant(wanted, products.map(textOf)),
    }
    message.record(`search/${key}`, 'product_search', {
      query: maskPersonalData(query).slice(0, longestRecordedQuery),
      results_count: products.length === 0 ? 0 : Math.max(total, products.length),
      had_results: products.length > 0,
    })
    return {
      found,
      achieved: { products: products.map(product => ({ product, origin })), searches: new Map([[key, found]]) },
    }
  }

/** The shop sorts by a price that most users do not pay, and by the piece. */
function sorted(products: readonly Product[], sort: SearchSort, today: string): readonly Product[] {
  if (sort === 'price_asc') return sortByPrice(products, 'asc', today)
  return sort === 'price_desc' ? sortByPrice(products, 'desc', today) : products
}
