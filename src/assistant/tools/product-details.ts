import { z } from 'zod'
import { within } from '../../process/within.ts'
import type { ProductDetails, Shop } from '../../shop/shop.ts'
import { toBrief } from '../product-brief.ts'
import { productId } from './arguments.ts'
import { defineTool } from './tool.ts'

const longestProperty = 600
const longestDescription = 400

/** The card of one product: what is in it. */
export const createProductDetailsTool = (shop: Pick<Shop, 'details'>) =>
  defineTool({
    name: 'vkusvill_product_details',
    description:
      'Карточка товара: состав, аллергены, КБЖУ на 100 г, срок годности. Нужна, если об этом спросили или у товара verdict «проверить».',
    schema: z.object({ id: productId().describe('Поле id товара из результатов поиска; где его нет – xml_id') }),
    async run({ id }, message) {
      message.question.onProgress({ stage: 'details' })
      const card = await within(message.signal, () => shop.details(id))
      const origin = message.state.products.get(card.xmlId)?.origin ?? 'user'
      return { data: { ok: true, ...cardOf(card, message.today) }, achieved: { products: [{ product: card, origin }] } }
    },
    invalidates: ['vkusvill_cart_link_create'],
    compact: ({ description: _description, ...rest }) => rest,
  })

const cardOf = (card: ProductDetails, today: string) => ({
  ...toBrief(card, today),
  nutrition_per_100g: card.nutrition,
  properties: Object.fromEntries(
    Object.entries(card.properties)
      .filter(([name]) => /состав|аллерген|срок годности|услови/i.test(name))
      .map(([name, value]) => [name, cut(value, longestProperty)]),
  ),
  ...(card.description !== null && { description: cut(card.description, longestDescription) }),
})

const cut = (value: string, max: number) => (value.length > max ? `${value.slice(0, max - 1)}…` : value)
