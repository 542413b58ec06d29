import { z } from 'zod'
import { buildCart, type Cart, type CartResult, maxPositions } from '../../shop/cart.ts'
import type { CartLink } from '../../shop/cart-link.ts'
import type { Shop } from '../../shop/shop.ts'
import type { Allowance, Users } from '../../users/users.ts'
import type { MessageContext } from '../message-context.ts'
import type { AssistantMetrics } from '../metrics.ts'
import { scenario } from '../scenario.ts'
import { numberWithin, productId } from './arguments.ts'
import { defineTool, type ToolData } from './tool.ts'

interface CartToolDeps {
  shop: Pick<Shop, 'createCart'>
  users: Pick<Users, 'allowance' | 'cartCreated' | 'lastCart'>
  metrics: Pick<AssistantMetrics, 'carts'>
}

/** How many of the dearest lines a cart over budget names. */
const dearestShown = 4

const Line = z.object({
  xml_id: productId().describe('xml_id товара из результатов поиска, рецепта или прошлой корзины'),
  // A default makes the field required for the model and forgiven when it forgets it.
  q: numberWithin(0.001, 100_000)
    .default(1)
    .describe(
      'Количество в единицах unit товара: для шт – сколько штук или упаковок, для кг – килограммы, например 0.5',
    ),
})

/** Makes the cart link. Everything that can forbid it is checked before the shop is asked, and the shop is asked once. */
export const createCartTool = ({ shop, users, metrics }: CartToolDeps) =>
  defineTool({
    name: 'vkusvill_cart_link_create',
    description:
      'Собирает корзину ВкусВилла из найденных товаров. Вызывай один раз, когда всё найдено. Список, сумму и ссылку человеку покажет бот.',
    schema: z.object({
      products: z
        .array(Line, 'нужен список')
        .min(1, 'корзина пуста')
        .max(100, 'слишком много строк')
        .describe(`Товары корзины, не больше ${maxPositions}, каждый один раз`),
      budget: numberWithin(1, 10_000_000)
        .optional()
        .describe('Бюджет человека в рублях. Обязательно, если человек назвал предельную сумму'),
    }),
    async run({ products, budget }, message) {
      message.question.onProgress({ stage: 'cart' })
      if (budget !== undefined) message.budgetRub = budget
      const refusal = await refuseOverLimit(users, message)
      if (refusal !== null) return { data: refusal }

      const requested = products.map(({ xml_id, q }) => ({ xmlId: xml_id, q }))
      if (requested.some(({ xmlId }) => message.products.get(xmlId) === undefined)) await seeLastCart(users, message)
      const built = buildCart(
        requested,
        xmlId => message.products.get(xmlId)?.product,
        xmlId => message.products.get(xmlId)?.origin ?? 'person',
      )
      if (!built.ok) return { data: describeRefusal(built) }
      const { cart } = built
      const tooDear = refuseOverBudget(cart, message.budgetRub)
      if (tooDear !== null) return { data: tooDear }

      const made = await shop.createCart(cart.items)
      return { data: await keepCart(cart, made, message, { users, metrics }) }
    },
  })

/** The refusal when no cart is left, with the ways to earn more that are still open; null when one is. */
async function refuseOverLimit(users: Pick<Users, 'allowance'>, message: MessageContext): Promise<ToolData | null> {
  const { question } = message
  if (message.limit === null) {
    const allowance = await users.allowance(question.user.userId)
    if (allowance.allowed) return null
    const { cartsCreated: cartsUsed, cartLimit, surveyCompleted } = allowance
    message.limit = { cartsUsed, cartLimit, surveyCompleted }
    message.record('limit', 'cart_limit_reached', limitMetadata(allowance))
  }
  const { cartsUsed, cartLimit, surveyCompleted } = message.limit
  return {
    ok: false,
    error: 'cart_limit_reached',
    carts_used: cartsUsed,
    cart_limit: cartLimit,
    ways_to_get_more: [
      ...(surveyCompleted || cartsUsed === 0 ? [] : ['пройти короткий опрос: /survey']),
      'пригласить друга: /invite',
    ],
    note: 'Корзины закончились, эту собрать нельзя. Коротко скажи об этом и назови, что нашлось; как получить ещё, покажет бот.',
  }
}

const limitMetadata = (allowance: Allowance) => ({
  carts_used: allowance.cartsCreated,
  cart_limit: allowance.cartLimit,
  days_since_registration: allowance.daysSinceRegistration,
  tier: allowance.surveyCompleted ? (2 as const) : (1 as const),
})

/** What was bought before may be bought again without a search. */
async function seeLastCart(users: Pick<Users, 'lastCart'>, message: MessageContext): Promise<void> {
  const last = await users.lastCart(message.question.user.userId)
  for (const { product } of last?.lines ?? []) {
    if (message.products.get(product.xmlId) === undefined) message.products.add(product, 'person')
  }
}

function describeRefusal(refusal: Extract<CartResult, { ok: false }>): ToolData {
  switch (refusal.reason) {
    case 'unknown':
      return {
        ok: false,
        error: 'unknown_products',
        unknown_xml_ids: refusal.unknownIds,
        note: 'Этих xml_id не было в результатах поиска. Найди товары и возьми xml_id оттуда.',
      }
    case 'too_many':
      return { ok: false, error: 'over_20_positions', note: `В корзине может быть не больше ${maxPositions} товаров.` }
    case 'empty':
      return { ok: false, error: 'empty_cart', note: 'В корзине нет товаров.' }
  }
}

/** A cart above the budget is not made: the model is told what to swap. An unknown total cannot be compared. */
function refuseOverBudget({ lines, totalMinor }: Cart, budgetRub: number | null): ToolData | null {
  if (budgetRub === null || totalMinor === null || totalMinor <= Math.round(budgetRub * 100)) return null
  const dearest = [...lines].sort((a, b) => (b.sumMinor ?? 0) - (a.sumMinor ?? 0)).slice(0, dearestShown)
  return {
    ok: false,
    error: 'over_budget',
    budget: budgetRub,
    total: totalMinor / 100,
    over_by: (totalMinor - Math.round(budgetRub * 100)) / 100,
    dearest: dearest.map(({ product, q, sumMinor }) => ({
      xml_id: product.xmlId,
      name: product.name,
      q,
      sum: sumMinor === null ? null : sumMinor / 100,
    })),
    note: 'Корзина не создана. Замени самое дорогое более дешёвым (поиск с sort=price_asc), уменьши количество или убери лишнее и собери снова. Если не выходит, скажи человеку, сколько нужно самое меньшее.',
  }
}

/** Writes the cart down and tells the model what was counted; the link itself it never sees. */
async function keepCart(
  cart: Cart,
  { link, affiliateTag }: CartLink,
  message: MessageContext,
  { users, metrics }: Pick<CartToolDeps, 'users' | 'metrics'>,
): Promise<ToolData> {
  const { update, user } = message.question
  const { lines, totalMinor, corrections } = cart
  const stored = { lines, totalMinor, link }
  const cause = scenario(message.toolsCalled, message.budgetRub !== null)
  metrics.carts.inc({ scenario: cause })
  message.cart = {
    ...stored,
    cartNumber: null,
    cartLimit: null,
    corrections,
    notFound: message.notFound.list(),
    budget: message.budgetRub === null ? null : { rub: message.budgetRub, kept: totalMinor === null ? null : true },
    inviterPaid: null,
  }
  const outcome = await users.cartCreated(update, user.userId, {
    ordinal: 1,
    totalSum: totalMinor === null || totalMinor === 0 ? null : totalMinor / 100,
    scenario: cause,
    affiliateTag,
    cart: stored,
  })
  if (outcome !== null) {
    const { cartNumber, cartLimit, inviterPaid } = outcome
    message.cart = { ...message.cart, cartNumber, cartLimit, inviterPaid }
  }
  return {
    ok: true,
    items_count: lines.length,
    total: totalMinor === null ? null : totalMinor / 100,
    cart_number: outcome?.cartNumber ?? null,
    cart_limit: outcome?.cartLimit ?? null,
    remaining: outcome === null ? null : Math.max(0, outcome.cartLimit - outcome.cartNumber),
    corrections: corrections.map(({ xmlId, asked, q, reason }) => ({ xml_id: xmlId, asked, q, reason })),
    note: 'Корзина готова. Список, сумму и ссылку покажет бот: напиши одно-два предложения вступления без цен и перечислений.',
  }
}
