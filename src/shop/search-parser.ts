import { z } from 'zod'
import { McpError } from '../errors.ts'
import { LenientNumber, orNull } from './lenient.ts'
import { parseProduct } from './product-parser.ts'
import type { Product } from './shop.ts'

/** More than any page of the shop holds. */
const mostItems = 100
const Total = LenientNumber.pipe(z.int().nonnegative().max(1_000_000))
const Page = z.looseObject({
  items: z.array(z.unknown()).transform(items => items.slice(0, mostItems)),
  meta: orNull(z.looseObject({ total: orNull(Total) })),
})

export interface SearchPage {
  total: number
  products: Product[]
  /** Items that could not be read. */
  skipped: number
}

/** A page of search results. Items that cannot be read are left out; throws McpError when there is no list at all. */
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
