import { z } from 'zod'
import { buildCart, type Cart, maxPositions } from '../../shop/cart.ts'
import type { Shop } from '../../shop/shop.ts'
import type { Allowance, Users } from '../../users/users.ts'
import type { Limit } from '../assistant.ts'
import { compareCarts, isUnchanged } from '../cart-changes.ts'
import type { MessageContext } from '../message-context.ts'
import { type KnownProducts, quantityOrigin, type UnlinkedCart } from '../message-state.ts'
import type { AssistantMetrics } from '../metrics.ts'
import { activeCheck } from '../restrictions/active-restrictions.ts'
import { checkLines } from '../restrictions/check-lines.ts'
import { untilStopped } from '../stop-request.ts'
import { lenientBoolean, numberWithin, productId, words } from './arguments.ts'
import { changedMind, describeConflicts, describeLimit, describeRefusal, refuseOverBudget } from './cart-refusals.ts'
import { revisedCart } from './revised-cart.ts'
import { showUnchanged, storeCart } from './store-cart.ts'
import { defineTool } from './tool.ts'

interface CartToolDeps {
  shop: Pick<Shop, 'createCart' | 'details'>
  users: Pick<Users, 'allowance' | 'cartCreated'>
  metrics: Pick<AssistantMetrics, 'carts'>
}

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
      'Собирает корзину ВкусВилла из найденных товаров. Вызывай один раз, когда всё найдено. Человек прочтёт message, под ним бот покажет список, сумму и ссылку: на этом ответ закончен.',
    schema: z.object({
      products: z
        .array(Line, 'нужен список')
        .min(1, 'корзина пуста')
        .max(100, 'слишком много строк')
        .describe(`Товары корзины, не больше ${maxPositions}, каждый один раз`),
      budget: numberWithin(1, 10_000_000)
        .optional()
        .describe('Бюджет человека в рублях. Обязательно, если человек назвал предельную сумму'),
      changes_previous: lenientBoolean().describe(
        'true – это прошлая корзина с правками: добавили, убрали, заменили, дешевле, другое количество, человек передумал. products тогда – весь её новый состав. false – новая корзина',
      ),
      message: words()
        .default('')
        .describe(
          'Ответ человеку на его языке: одно–два предложения, что заменено и чего не нашлось. Без списка товаров, цен, суммы и ссылок',
        ),
    }),
    identity: ({ products, budget, changes_previous }) => ({ products, budget, changes_previous }),
    async run({ products: requested, budget, changes_previous: changesPrevious, message: closingWords }, message) {
      message.question.onProgress({ stage: 'cart' })
      const budgetRub = budget ?? message.state.budgetRub
      let unlinked: UnlinkedCart | null = null
      try {
        const revised = revisedCart(await message.lastCart(), {
          changesPrevious,
          correctsLast: message.question.correctsLast,
          requested: new Set(requested.map(({ xml_id }) => xml_id)),
          askedAt: message.question.update.at,
          now: message.now(),
        })
        const limit = revised === null ? (message.state.limit ?? (await findLimit(users, message))) : null
        if (limit !== null) return { data: describeLimit(limit), achieved: { budgetRub, limit } }

        const { products } = message.state
        const built = buildCart(
          requested.map(({ xml_id, q }) => ({ xmlId: xml_id, q })),
          xmlId => products.get(xmlId)?.product,
          (xmlId, q) => quantityOrigin(products.get(xmlId), q),
          message.today,
        )
        const seen = { budgetRub }
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

        const unjudged = check.unjudged.map(({ value }) => value)
        const found = { cart: built.cart, checked, unjudged, isUnread, budgetRub, message }
        if (revised !== null && isUnchanged(compareCarts(revised, built.cart))) return showUnchanged(revised, found)
        if ((await message.newer('end')) !== null) return { data: changedMind, achieved: seen }
        message.signal.throwIfAborted()
        unlinked = { ...unlinkedCart(requested, built.cart, products), changesPrevious: changesPrevious ?? null }
        const limits = { waitMs: message.toolTimeMs(), signal: message.signal }
        const made = await untilStopped(message.signal, () => shop.createCart(built.cart.items, limits))
        const stored = await storeCart({ ...found, made, revised }, { users, metrics })
        // a corrected quantity may belie words written before it
        const mustSpeakAgain = built.cart.corrections.length > 0
        return mustSpeakAgain ? stored : { ...stored, achieved: { ...stored.achieved, closingWords } }
      } catch (error) {
        // the user named the budget once: it holds when the model tries again
        return { error, achieved: { budgetRub, ...(unlinked && { unlinked }) } }
      }
    },
  })

/** What is left to do when the shop gives no link: all that was checked, in the words of the call. */
const unlinkedCart = (
  requested: z.infer<typeof Line>[],
  { lines, totalMinor }: Cart,
  known: KnownProducts,
): Omit<UnlinkedCart, 'changesPrevious'> => ({
  requested,
  lines,
  totalMinor,
  products: lines.flatMap(({ product }) => known.get(product.xmlId) ?? []),
})

/** The limit when no cart is left, recorded as an event; null when one is. */
async function findLimit(users: Pick<Users, 'allowance'>, message: MessageContext): Promise<Limit | null> {
  const allowance = await users.allowance(message.question.user.userId)
  if (allowance.allowed) return null
  message.record('limit', 'cart_limit_reached', limitMetadata(allowance))
  const { cartsCreated: cartsUsed, cartLimit, surveyCompleted } = allowance
  return { cartsUsed, cartLimit, surveyCompleted }
}

const limitMetadata = (allowance: Allowance) => ({
  carts_used: allowance.cartsCreated,
  cart_limit: allowance.cartLimit,
  days_since_registration: allowance.daysSinceRegistration,
  tier: allowance.surveyCompleted ? (2 as const) : (1 as const),
})
