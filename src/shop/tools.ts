import type { SearchSort } from './shop.ts'

/** The only tools of the server this bot calls; whatever else it offers stays unseen. */
export const mcpToolNames = [
  'vkusvill_products_search',
  'vkusvill_product_details',
  'vkusvill_cart_link_create',
] as const
export type McpToolName = (typeof mcpToolNames)[number]

/** Everything asked of the server: the tools, and the list of tools at start. */
export const operations = [...mcpToolNames, 'tools_list'] as const
export type Operation = (typeof operations)[number]

/** Limits of the server's schemas. */
export const maxQueryLength = 255
export const maxCartPositions = 30
export const minQuantity = 0.01
export const maxQuantity = 40
export const maxProductId = 999_999_999

/** `vvonly: 0` searches the whole range: the server's default is VkusVill's own brand only. */
export const searchArguments = (q: string, sort: SearchSort) => ({
  q,
  page: 1,
  sort,
  vvonly: 0,
  mode: 'custom',
  fields: ['id', 'xml_id', 'name', 'price', 'unit', 'weight', 'rating', 'url', 'category'],
})

export const detailsArguments = (id: number) => ({ id })

export const cartArguments = (items: readonly { xmlId: number; q: number }[]) => ({
  products: items.map(({ xmlId, q }) => ({ xml_id: xmlId, q })),
})
