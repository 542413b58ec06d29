import { z } from 'zod'
import type { Users } from '../../users/users.ts'
import { toBrief } from '../product-brief.ts'
import { defineTool } from './tool.ts'

/** The last cart, so that it can be extended or changed. */
export const createPreviousCartTool = (users: Pick<Users, 'lastCart'>) =>
  defineTool({
    name: 'get_previous_cart',
    description:
      'Последняя корзина человека за сутки. Нужна, когда просят добавить, убрать или заменить в уже собранной корзине.',
    schema: z.object({}),
    async run(_args, message) {
      const cart = await users.lastCart(message.question.user.userId)
      if (cart === null) {
        return { data: { ok: false, error: 'no_cart', message: 'За последние сутки корзин не было.' } }
      }
      return {
        data: {
          ok: true,
          products: cart.lines.map(({ product, q }) => ({ ...toBrief(product, message.today), q })),
          total_rub: cart.totalMinor === null ? null : cart.totalMinor / 100,
        },
        achieved: { products: cart.lines.map(({ product }) => ({ product, origin: 'user' })) },
      }
    },
    invalidates: ['vkusvill_cart_link_create'],
  })
