import { z } from 'zod'
import type { CartOutcome } from '../../events/facts.ts'
import { buildCart, type Cart, type CartResult, maxPositions } from '../../shop/cart.ts'
import type { CartLink } from '../../shop/cart-link.ts'
import type { Shop } from '../../shop/shop.ts'
import type { Allowance, Users } from '../../users/users.ts'
import type { CartView, Limit } from '../assistant.ts'
import type { MessageContext } from '../message-context.ts'
import { type KnownProduct, quantityOrigin } from '../message-state.ts'
import type { AssistantMetrics } from '../metrics.ts'
import { notObtained } from '../not-found.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import { type CheckedLines, checkLines } from '../restrictions/check-lines.ts'
import { nameRestriction } from '../restrictions/restriction.ts'
import { scenario } from '../scenario.ts'
import { numberWithin, productId } from './arguments.ts'
import { defineTool, type ToolData, type ToolResult } from './tool.ts'

interface CartToolDeps {
  shop: Pick<Shop, 'createCart' | 'details'>
  users: Pick<Users, 'allowance' | 'cartCreated' | 'lastCart'>
  metrics: Pick<AssistantMetrics, 'carts'>
}

/** How many of the most expensive lines a cart over budget names. */
const costliestShown = 4

const Line = z.object({
  xml_id: productId().describe('xml_id товара из результатов поиска, рецепта или прошлой корзины'),
  // a default makes the field required for the model, and its absence no error
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
    async run({ products: requested, budget }, message) {
      message.question.onProgress({ stage: 'cart' })
      const budgetRub = budget ?? message.state.budgetRub
      try {
        const limit = message.state.limit ?? (await findLimit(users, message))
        if (limit !== null) return { data: describeLimit(limit), achieved: { budgetRub, limit } }

        const { products, fromLastCart } = await knownProducts(requested, users, message)
        const built = buildCart(
          requested.map(({ xml_id, q }) => ({ xmlId: xml_id, q })),
          xmlId => products.get(xmlId)?.product,
          (xmlId, q) => quantityOrigin(products.get(xmlId), q),
          message.today,
        )
        const seen = { budgetRub, products: fromLastCart }
        if (!built.ok) return { data: describeRefusal(built, products), achieved: seen }
        const { check, isUnread } = await activeCheck(message)
        const checked = await checkLines(
          built.cart.lines.map(line => line.product),
          check,
          shop,
          message,
        )
        if (checked.conflicts.length > 0) return { data: describeConflicts(checked), achieved: seen }
        const overBudget = refuseOverBudget(built.cart, budgetRub)
        if (overBudget !== null) return { data: overBudget, achieved: seen }

        const made = await shop.createCart(built.cart.items)
        return await storeCart({ cart: built.cart, checked, isUnread, made, budgetRub, message }, { users, metrics })
      } catch (error) {
        // the user named the budget once: it holds when the model tries again
        return { error, achieved: { budgetRub } }
      }
    },
  })

/** The limit when no cart is left, recorded as an event; null when one is. */
async function findLimit(users: Pick<Users, 'allowance'>, message: MessageContext): Promise<Limit | null> {
  const allowance = await users.allowance(message.question.user.userId)
  if (allowance.allowed) return null
  message.record('limit', 'cart_limit_reached', limitMetadata(allowance))
  const { cartsCreated: cartsUsed, cartLimit, surveyCompleted } = allowance
  return { cartsUsed, cartLimit, surveyCompleted }
}

/** The refusal of a cart above the limit, with the ways to earn more that are still open. */
function describeLimit({ cartsUsed, cartLimit, surveyCompleted }: Limit): ToolData {
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

/** The products of the message; with those of the last cart where it lacks one: they may be bought again without a search. */
async function knownProducts(
  requested: readonly z.infer<typeof Line>[],
  users: Pick<Users, 'lastCart'>,
  { question, state: { products } }: MessageContext,
) {
  if (requested.every(({ xml_id }) => products.has(xml_id))) return { products, fromLastCart: [] }
  const last = await users.lastCart(question.user.userId)
  const fromLastCart: KnownProduct[] = (last?.lines ?? [])
    .filter(({ product }) => !products.has(product.xmlId))
    .map(({ product }) => ({ product, origin: 'user' }))
  return {
    products: new Map([...products, ...fromLastCart.map(known => [known.product.xmlId, known] as const)]),
    fromLastCart,
  }
}

function describeRefusal(
  refusal: Extract<CartResult, { ok: false }>,
  known: MessageContext['state']['products'],
): ToolData {
  switch (refusal.reason) {
    case 'unknown':
      return {
        ok: false,
        error: 'unknown_products',
        unknown_xml_ids: refusal.unknownIds,
        note: 'Этих xml_id не было в результатах поиска. Найди товары и возьми xml_id оттуда.',
      }
    case 'too_many':
      return {
        ok: false,
        error: 'over_20_positions',
        positions: maxPositions + refusal.beyondIds.length,
        max_positions: maxPositions,
        beyond: refusal.beyondIds.map(xmlId => ({ xml_id: xmlId, name: known.get(xmlId)?.product.name ?? null })),
        note: `В корзине может быть не больше ${maxPositions} товаров. Собери её без лишних и скажи человеку, сколько и какие не вошли.`,
      }
    case 'empty':
      return { ok: false, error: 'empty_cart', note: 'В корзине нет товаров.' }
  }
}

/** The refusal of a cart that holds what the user must not get, line by line. */
const describeConflicts = ({ conflicts }: CheckedLines): ToolData => ({
  ok: false,
  error: 'restricted',
  conflicts: conflicts.map(({ product, conflict }) => ({
    xml_id: product.xmlId,
    name: product.name,
    restriction: nameRestriction(conflict.restriction),
    found: conflict.found,
  })),
  note: 'Корзина не создана: эти товары человеку нельзя. Найди им разрешённую замену или убери их и собери снова. В ответе скажи, что заменено или убрано и почему.',
})

/** The refusal of a cart above the budget, with the lines to swap; null when it fits or its total is unknown. */
function refuseOverBudget({ lines, totalMinor }: Cart, budgetRub: number | null): ToolData | null {
  if (budgetRub === null || totalMinor === null || totalMinor <= Math.round(budgetRub * 100)) return null
  const costliest = [...lines].sort((a, b) => (b.sumMinor ?? 0) - (a.sumMinor ?? 0)).slice(0, costliestShown)
  return {
    ok: false,
    error: 'over_budget',
    budget: budgetRub,
    total: totalMinor / 100,
    over_by: (totalMinor - Math.round(budgetRub * 100)) / 100,
    most_expensive: costliest.map(({ product, q, sumMinor }) => ({
      xml_id: product.xmlId,
      name: product.name,
      q,
      sum: sumMinor === null ? null : sumMinor / 100,
    })),
    note: 'Корзина не создана. Замени самое дорогое более дешёвым (поиск с sort=price_asc), уменьши количество или убери лишнее и собери снова. Если не выходит, скажи человеку, сколько нужно самое меньшее.',
  }
}

interface MadeCart {
  cart: Cart
  checked: CheckedLines
  isUnread: boolean
  made: CartLink
  budgetRub: number | null
  message: MessageContext
}

/**
 * Stores a cart that the shop has made and describes it to the model, without its link. A cart that cannot be stored is
 * still shown, without a number.
 */
async function storeCart(
  { cart, checked, isUnread, made: { link, affiliateTag }, budgetRub, message: { question, state } }: MadeCart,
  { users, metrics }: Pick<CartToolDeps, 'users' | 'metrics'>,
): Promise<ToolResult> {
  const { lines, totalMinor, corrections } = cart
  const stored = { lines, totalMinor, link }
  const cause = scenario(state.toolsCalled, budgetRub !== null)
  metrics.carts.inc({ scenario: cause })
  const view: CartView = {
    ...stored,
    cartNumber: null,
    cartLimit: null,
    corrections,
    notFound: notObtained(state.notFound, lines),
    budget: budgetRub === null ? null : { rub: budgetRub, kept: totalMinor === null ? null : true },
    unchecked: checked.unknown.map(({ product, restriction }) => ({
      name: product.name,
      restriction: restriction.value,
    })),
    restrictionsUnread: isUnread,
    inviterPaid: null,
  }
  try {
    const outcome = await users.cartCreated(question.update, question.user.userId, {
      ordinal: 1,
      totalSum: totalMinor === null || totalMinor === 0 ? null : totalMinor / 100,
      scenario: cause,
      affiliateTag,
      cart: stored,
    })
    const numbered = outcome === null ? view : { ...view, ...numbersOf(outcome) }
    return { data: describeCart(cart, outcome), achieved: { budgetRub, cart: numbered } }
  } catch (error) {
    return { error, achieved: { budgetRub, cart: view } }
  }
}

const numbersOf = ({ cartNumber, cartLimit, inviterPaid }: CartOutcome) => ({ cartNumber, cartLimit, inviterPaid })

const describeCart = ({ lines, totalMinor, corrections }: Cart, outcome: CartOutcome | null): ToolData => ({
  ok: true,
  items_count: lines.length,
  total: totalMinor === null ? null : totalMinor / 100,
  cart_number: outcome?.cartNumber ?? null,
  cart_limit: outcome?.cartLimit ?? null,
  remaining: outcome === null ? null : Math.max(0, outcome.cartLimit - outcome.cartNumber),
  corrections: corrections.map(({ xmlId, asked, q, reason }) => ({ xml_id: xmlId, asked, q, reason })),
  note: 'Корзина готова. Список, сумму и ссылку покажет бот: напиши одно-два предложения вступления без цен и перечислений.',
})
