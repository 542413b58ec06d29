import type { CartLink } from './cart-link.ts'

/** What the rest of the bot may ask of VkusVill. Money is in kopecks (integers), weight in grams. */

export interface Price {
  currentMinor: number
  /** The regular price when `currentMinor` is a discount. */
  oldMinor: number | null
  /** When set, `currentMinor` holds only under this condition (from 2 pieces, with the card, until a date), in the shop's words. */
  condition: string | null
}

export interface Product {
  /** Asked for by `details`. */
  id: number
  /** Put into a cart. Equal to `id` in every sample seen, but the contract keeps them apart. */
  xmlId: number
  /** Entities decoded, spaces normal. */
  name: string
  price: Price | null
  /** How it is sold and what `q` counts: «шт», «кг», «л», «уп», … */
  unit: string
  /** Net weight of one piece; null for loose goods sold by weight. */
  weightGrams: number | null
  rating: { average: number; count: number } | null
  url: string | null
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
  /** Per 100 g, where the card states it. */
  nutrition: Nutrition | null
}

/** Grams and kilocalories per 100 g; null where the card is silent. */
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
  /** First page of the whole range (not only the own brand). An empty result is not an error. */
  search(query: string, options?: { sort?: SearchSort }): Promise<SearchResult>
  details(id: number): Promise<ProductDetails>
  /**
   * A link of exactly the form `https://vkusvill.ru/?share_basket=<digits>`, with the partner mark behind it when one is set;
   * anything else is an McpError.
   */
  createCart(items: readonly CartItem[]): Promise<CartLink>
  /** Tool names whose schema no longer fits what we send, or that are gone. Called at start; logged, never fatal. */
  checkSchemas(): Promise<string[]>
  /** What ails the shop by its latest calls, for `/ready`; undefined when it serves or nobody asked. */
  problem(): string | undefined
  close(): Promise<void>
}
