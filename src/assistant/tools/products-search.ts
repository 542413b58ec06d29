import { z } from 'zod'
import { isAskedFor } from '../not-found.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import { allowedFirst, toCheckedBrief } from '../restrictions/verdict-brief.ts'
import { text } from './arguments.ts'
import type { SearchProducts } from './search-products.ts'
import { defineTool } from './tool.ts'

const shown = 5

/** Search of one product in the shop. */
export const createProductsSearchTool = (searchProducts: SearchProducts) =>
  defineTool({
    name: 'vkusvill_products_search',
    description:
      'Ищет товары ВкусВилла по названию. Один вызов – один товар. Возвращает до пяти товаров с ценой в рублях за единицу unit: price – сколько заплатят за одну, её и называй; discount_price действует только при discount_condition.',
    schema: z.object({
      q: text(255).describe(
        'Что искать: одно–три слова без чисел, веса и брендов, например «творог» или «хлеб ржаной»',
      ),
      sort: z
        .enum(['popularity', 'rating', 'price_asc', 'price_desc', 'new'], 'нет такой сортировки')
        .optional()
        .describe(
          'Порядок: popularity (обычно), rating, price_asc – сначала дешёвые за килограмм или литр, price_desc, new',
        ),
    }),
    async run({ q, sort }, message) {
      const { found, achieved } = await searchProducts({ query: q, sort, origin: 'user' }, message)
      const { products, preference, doubtful } = found
      const missed = isAskedFor(q, message.question.text) ? [q] : []
      if (products.length === 0) {
        return {
          data: { ok: true, q, products: [], note: 'Ничего не найдено. Попробуй одно более общее слово.' },
          achieved: { ...achieved, missed },
        }
      }
      const { check } = await activeCheck(message)
      return {
        achieved: doubtful ? { ...achieved, missed } : { ...achieved, found: [q] },
        data: {
          ok: true,
          q,
          products: allowedFirst(products, check)
            .slice(0, shown)
            .map(product => toCheckedBrief(product, message.today, check)),
          ...(preference !== null && { preference_applied: preference }),
          ...(doubtful && {
            relevance_warning: 'Похоже, это не то, что просили. Не клади в корзину молча: скажи об этом и спроси.',
          }),
        },
      }
    },
    // A cart refused for unknown products may be right now.
    invalidates: ['vkusvill_cart_link_create'],
  })
