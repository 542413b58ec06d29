import { z } from 'zod'
import { barcodeOf } from './barcode.ts'
import type { Baskets } from './baskets.ts'
import type { CatalogueProduct } from './product.ts'
import { productCard, productDetails, shortFields } from './product-card.ts'
import { createProductSearch } from './product-search.ts'
import { createRecipes } from './recipes.ts'
import { shops } from './shops.ts'
import { answer, authRequired, emptyInput, invalidInput, notFound, type ToolAnswer } from './tool-answer.ts'
import { productFields } from './tool-schemas.ts'

const perPage = 10

const SearchArguments = z.object({
  q: z.string().default(''),
  page: z.int().default(1),
  limit: z.int().default(perPage),
  category_id: z.int().default(0),
  sort: z.enum(['price_asc', 'price_desc', 'rating', 'popularity', 'new']).default('popularity'),
  vvonly: z.int().default(1),
  mode: z.enum(['full', 'short', 'custom']).default('short'),
  fields: z.array(z.enum(productFields)).default([]),
})
const DiscountArguments = z.object({
  type: z.enum(['card', 'quantity']).default('card'),
  page: z.int().default(1),
  sort: z
    .enum(['price_asc', 'price_desc', 'rating', 'popularity', 'new', 'name_asc', 'name_desc'])
    .default('popularity'),
  vvonly: z.int().default(1),
})
const CartArguments = z.object({
  products: z.array(z.object({ xml_id: z.int().optional(), q: z.number().default(1) })),
})
const ById = z.object({ id: z.int() })
const ByBarcode = z.object({ barcode: z.string() })
const RecipeArguments = z.object({ q: z.string(), page: z.int() })
const Paged = z.object({ page: z.int().default(1) })

interface ToolDeps {
  products: readonly CatalogueProduct[]
  baskets: Baskets
  now: () => Date
}

/** The tools by name. Arguments have been checked against the tool's schema before. */
export function createTools({ products, baskets, now }: ToolDeps): Record<string, (args: unknown) => ToolAnswer> {
  const search = createProductSearch(products)
  const recipes = createRecipes(search)
  const byId = new Map(products.map(product => [product.id, product]))
  const xmlIds = new Set(products.map(product => product.xmlId))
  const byBarcode = new Map(products.map(product => [barcodeOf(product), product]))
  const short = (product: CatalogueProduct) => productCard(product, shortFields, now())
  const details = (product: CatalogueProduct | undefined) =>
    product === undefined ? notFound('Товар не найден') : answer(productDetails(product, now()))

  return {
    vkusvill_products_search(args) {
      const { q, page, limit, category_id, sort, vvonly, mode, fields } = SearchArguments.parse(args)
      if (q.trim() === '' && category_id === 0) return emptyInput('Укажите поисковый запрос или категорию')
      const found = search({ q: q.trim(), sort, ownBrandOnly: vvonly === 1, categoryId: category_id })
      const asked = mode === 'full' ? productFields : mode === 'custom' && fields.length > 0 ? fields : shortFields
      const { meta, items } = pageOf(found, page, limit)
      return answer({
        meta: { q, limit, ...meta },
        items: items.map(product => productCard(product, asked, now())),
        facets: { categories: found.length === 0 ? null : facetsOf(found) },
      })
    },
    vkusvill_product_details: args => details(byId.get(ById.parse(args).id)),
    vkusvill_product_barcode: args => details(byBarcode.get(ByBarcode.parse(args).barcode)),
    vkusvill_cart_link_create(args) {
      const lines = CartArguments.parse(args).products
      if (lines.length === 0) return emptyInput('Список товаров пуст')
      const known = lines.flatMap(({ xml_id, q }) => (xml_id === undefined ? [] : [{ xml_id, q }]))
      if (known.length < lines.length) return invalidInput('У товара не указан xml_id')
      const unknown = known.filter(({ xml_id }) => !xmlIds.has(xml_id))
      if (unknown.length > 0) return notFound(`Товары не найдены: ${unknown.map(({ xml_id }) => xml_id).join(', ')}`)
      return answer({ link: `https://vkusvill.ru/?share_basket=${baskets.add(known)}` })
    },
    vkusvill_product_analogs(args) {
      const product = byId.get(ById.parse(args).id)
      if (product === undefined) return notFound('Товар не найден')
      const analogs = products
        .filter(other => other !== product && other.shelf.id === product.shelf.id)
        .slice(0, perPage)
      return answer({ product_id: product.id, total: analogs.length, products: analogs.map(short) })
    },
    vkusvill_products_discount(args) {
      const { type, page, sort, vvonly } = DiscountArguments.parse(args)
      const found = search({ q: '', sort, ownBrandOnly: vvonly === 1, categoryId: 0 }).filter(
        ({ price }) => price?.condition?.kind === type,
      )
      const { meta, items } = pageOf(found, page, perPage)
      return answer({ meta: { type, limit: perPage, ...meta }, items: items.map(short) })
    },
    vkusvill_recipes(args) {
      const { q, page } = RecipeArguments.parse(args)
      const { meta, items } = pageOf(recipes(q), page, perPage)
      return answer({ meta: { q, limit: perPage, ...meta }, items })
    },
    vkusvill_shops(args) {
      const { meta, items } = pageOf(shops, Paged.parse(args).page, perPage)
      return answer({ meta: { limit: perPage, ...meta }, items })
    },
    vkusvill_orders_history: authRequired,
    vkusvill_product_lp: authRequired,
  }
}

function pageOf<T>(all: readonly T[], page: number, limit: number) {
  const pages = Math.ceil(all.length / limit)
  return {
    meta: { total: all.length, page, pages, has_more: page < pages },
    items: all.slice((page - 1) * limit, page * limit),
  }
}

/** The shelves the found products stand on, fullest first. */
function facetsOf(found: readonly CatalogueProduct[]) {
  const counts = new Map<number, { name: string; count: number }>()
  for (const { shelf } of found)
    counts.set(shelf.id, { name: shelf.name, count: (counts.get(shelf.id)?.count ?? 0) + 1 })
  return [...counts]
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([id, { name }]) => ({ category_id: id, category_name: name, subcategory_name: '' }))
}
