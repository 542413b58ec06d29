import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import type { Product, SearchSort } from '../../shop/shop.ts'
import { isAskedFor } from '../not-found.ts'
import type { ProductBrief } from '../product-brief.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import type { ProductCheck } from '../restrictions/check-product.ts'
import { allowedFirst, toCheckedBrief } from '../restrictions/verdict-brief.ts'
import { text } from './arguments.ts'
import { type BatchedQuery, searchBatch } from './search-batch.ts'
import type { SearchProducts } from './search-products.ts'
import { defineTool, type ToolData } from './tool.ts'

const maxQueries = 25
/** Products of each query: the more queries, the fewer. */
const shownOf = (queries: number) => (queries <= 2 ? 5 : queries <= 5 ? 4 : 3)
/** Products of one query that the history keeps. */
const mostStored = 3

/** Search of one or several products in the shop. */
export const createProductsSearchTool = (searchProducts: SearchProducts) =>
  defineTool({
    name: 'vkusvill_products_search',
    description:
      'Ищет товары ВкусВилла. Назови всё нужное сразу, до 25 запросов в одном вызове. По каждому до пяти товаров с ценой в рублях за единицу unit: price – сколько заплатят за одну, её и называй; discount_price действует только при discount_condition. relevance_warning – нашлось, похоже, не то.',
    schema: z.object({
      queries: z
        .array(text(255), 'нужен список запросов')
        .min(1, 'нужен хотя бы один запрос')
        .max(maxQueries, `не больше ${maxQueries} за вызов, остальные – следующим`)
        .describe(
          'Что искать, по одному товару в запросе: одно–три слова по-русски без чисел, веса и брендов, например ["творог", "хлеб ржаной"]',
        ),
      sort: z
        .enum(['popularity', 'rating', 'price_asc', 'price_desc', 'new'], 'нет такой сортировки')
        .optional()
        .describe(
          'Порядок: popularity (обычно), rating, price_asc – сначала дешёвые за килограмм или литр, price_desc, new',
        ),
    }),
    read: ({ queries, query, q, ...rest }) => ({ ...rest, queries: readQueries(queries ?? [query ?? q]) }),
    async run({ queries, sort }, message) {
      const { achieved, ...batch } = await searchBatch(queries, sort, searchProducts, message)
      const { check } = await activeCheck(message)
      const results = batch.results.map(result => allowedOf(result, check))
      const failed = results.flatMap(({ query, found }) => (found === null ? [query] : []))
      const isMissed = ({ found }: BatchedQuery) => found === null || found.products.length === 0 || found.doubtful
      const asked = results
        .map(({ query }) => query)
        .filter(query => isAskedFor(query, `${message.earlier.text}\n${message.question.text}`))
      const missed = new Set(results.filter(isMissed).map(({ query }) => query))
      const found = results.map(({ query }) => query).filter(query => !missed.has(query))
      return {
        data: {
          ...describeAll(results, product => {
            const brief = toCheckedBrief(product, message.today, check)
            return results.length > 1 ? withoutExtras(brief, sort) : brief
          }),
          ...(failed.length > 0 && { failed }),
          ...noteOn(failed, results),
        },
        achieved: {
          ...achieved,
          ...(missed.size > 0 && { missed: asked.filter(query => missed.has(query)) }),
          ...(found.length > 0 && { found }),
        },
        isPartial: failed.length > 0,
      }
    },
    compact: data => ({ ...data, ...(Array.isArray(data.results) && { results: data.results.map(fewer) }) }),
    // A cart refused for unknown products may be right now.
    invalidates: ['vkusvill_cart_link_create'],
  })

/** Among several queries what is not known, and a rating that was not asked for, are not worth their tokens. */
const withoutExtras = ({ price_per_kg, rating, ...brief }: ProductBrief, sort: SearchSort | undefined) => ({
  ...brief,
  ...(price_per_kg !== null && { price_per_kg }),
  ...(sort === 'rating' && { rating }),
})

/** Products that are forbidden by name stand behind the others. */
const allowedOf = ({ query, found }: BatchedQuery, check: ProductCheck): BatchedQuery => ({
  query,
  found: found === null ? null : { ...found, products: allowedFirst(found.products, check) },
})

/** What to do about queries without a product. */
function noteOn(failed: readonly string[], results: readonly BatchedQuery[]): { note?: string } {
  const notes = [
    failed.length > 0
      ? 'По запросам из failed поиск не ответил: повтори только их один раз, а если снова нет – собери без них и скажи об этом.'
      : '',
    results.some(({ found }) => found?.products.length === 0)
      ? 'Где ничего не найдено, попробуй одно более общее слово.'
      : '',
  ].filter(note => note !== '')
  return notes.length > 0 ? { note: notes.join(' ') } : {}
}

const WrittenQuery = z.union([
  z.string(),
  z.object({ q: z.string() }).transform(({ q }) => q),
  z.object({ query: z.string() }).transform(({ query }) => query),
])

/** A list as models write it: the list, a text with commas or JSON, queries in objects. Blank ones and repetitions are left out. */
function readQueries(written: unknown): unknown {
  const list = typeof written === 'string' ? (parseJson(written) ?? written.split(/[,;\n]/)) : written
  const queries = [list].flat().map((item: unknown) => {
    const query = WrittenQuery.safeParse(item)
    return query.success ? query.data.trim() : item
  })
  return [...new Set(queries)].filter(query => query !== '' && query !== undefined)
}

/** One query is answered alone, several as a list. */
function describeAll(results: readonly BatchedQuery[], brief: (product: Product) => unknown): ToolData {
  const described = results.map(result => describe(result, shownOf(results.length), brief))
  return described.length === 1 ? { ok: true, ...described[0] } : { ok: true, results: described }
}

function describe({ query, found }: BatchedQuery, shown: number, brief: (product: Product) => unknown) {
  if (found === null) return { q: query, error: 'поиск не ответил' }
  const { products, preference, doubtful } = found
  return {
    q: query,
    products: products.slice(0, shown).map(brief),
    ...(preference !== null && { preference_applied: preference }),
    ...(doubtful && { relevance_warning: 'похоже, не то: не клади молча, скажи об этом' }),
  }
}

const Result = z.looseObject({ products: z.array(z.unknown()) })

function fewer(result: unknown): unknown {
  const { data } = Result.safeParse(result)
  return data === undefined ? result : { ...data, products: data.products.slice(0, mostStored) }
}
