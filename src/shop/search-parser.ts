import { z } from 'zod'
import { McpError } from '../errors.ts'
import { LenientNumber, orNull } from './lenient.ts'
import { parseProduct } from './product-parser.ts'
import type { Product } from './shop.ts'

/** Maximum items that are read; more than any page of the shop has. */
const mostItems = 100
const Total = LenientNumber.pipe(z.int().nonnegative().max(1_000_000))
const Page = z.looseObject({
  items: z.array(z.unknown()).transform(items => items.slice(0, mostItems)),
  meta: orNull(z.looseObject({ total: orNull(Total) })),
})

export interface SearchPage {
  total: number
  products: Product[]
  /** Number of invalid items. */
  skipped: number
}

/** Parses a page of search results. Invalid items are skipped; throws McpError if there is no list. */
export function parseSearch(data: unknown): SearchPage {
  const page = Page.safeParse(data)
  if (!page.success) throw new McpError('unreadable', 'search results without a list of items', false)
  const products = page.data.items.map(parseProduct).filter(product => product !== null)
  return {
    total: Math.max(page.data.meta?.total ?? 0, products.length),
    products,
    skipped: page.data.items.length - products.length,
  }
}
