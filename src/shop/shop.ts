import type { CartLink } from './cart-link.ts'

/** Public interface of the shop client. Money is in kopecks (integers), weight in grams. */

export interface Price {
  readonly currentMinor: number
  /** The regular price if `currentMinor` is discounted. */
  readonly oldMinor: number | null
  /** Condition of `currentMinor` (from 2 pieces, with the card, until a date) as the shop states it; null if unconditional. */
  readonly condition: string | null
}

export interface Product {
  /** Argument of `details`. */
  readonly id: number
  /** Id for carts. Equal to `id` in every sample, but separate in the contract. */
  readonly xmlId: number
  /** Plain text, without HTML entities. */
  readonly name: string
  readonly price: Price | null
  /** Unit of sale, counted by `q`: «шт», «кг», «л», «уп», … */
  readonly unit: string
  /** Net weight of one piece; null for loose goods sold by weight. */
  readonly weightGrams: number | null
  readonly rating: Readonly<{ average: number; count: number }> | null
  readonly url: string | null
  /** Names of the shop's categories, from leaf to root; absent when the shop names none. */
  readonly category?: readonly string[]
}

interface SearchResult {
  query: string
  total: number
  products: Product[]
}

export interface ProductDetails extends Product {
  description: string | null
  /** Property name to plain text, `<br>` as line break: «Состав», «Аллергены по производителям», … */
  properties: Record<string, string>
  /** Per 100 g; null if not stated. */
  nutrition: Nutrition | null
}

/** Grams and kilocalories per 100 g; null if not stated. */
export interface Nutrition {
  kcal: number | null
  protein: number | null
  fat: number | null
  carbs: number | null
}

export type SearchSort = 'popularity' | 'rating' | 'price_asc' | 'price_desc' | 'new'

/** `q` counts `unit` of the product. */
export interface CartItem {
  xmlId: number
  q: number
}

/** Every method throws RateLimitError, TimeoutError or McpError. */
export interface Shop {
  /** First page of results over the whole range, not only the own brand. An empty result is not an error. */
  search(query: string, options?: { sort?: SearchSort }): Promise<SearchResult>
  details(id: number): Promise<ProductDetails>
  /**
   * Creates a cart. The link is exactly `https://vkusvill.ru/?share_basket=<digits>`, followed by the partner mark if one is
   * set; throws McpError for any other. While the circuit is open the call waits up to `waitMs` (0 by default) for it, and
   * no longer than until `signal` aborts; it is sent once at most.
   */
  createCart(items: readonly CartItem[], options?: { waitMs?: number; signal?: AbortSignal }): Promise<CartLink>
  /** Returns the tools that are missing or whose schema does not accept our arguments. Called at start; logs them, never throws. */
  checkSchemas(): Promise<string[]>
  /** Problem of the shop in its latest calls, for `/ready`; undefined if it is healthy or there were no calls. */
  problem(): string | undefined
  close(): Promise<void>
}
