import type { CartOutcome } from '../../events/facts.ts'
import type { Cart } from '../../shop/cart.ts'
import type { CartLink } from '../../shop/cart-link.ts'
import type { Users } from '../../users/users.ts'
import type { CartView } from '../assistant.ts'
import type { MessageContext } from '../message-context.ts'
import type { AssistantMetrics } from '../metrics.ts'
import { notObtained } from '../not-found.ts'
import type { CheckedLines } from '../restrictions/check-lines.ts'
import { scenario } from '../scenario.ts'
import type { ToolData, ToolResult } from './tool.ts'

interface StoreCartDeps {
  users: Pick<Users, 'cartCreated'>
  metrics: Pick<AssistantMetrics, 'carts'>
}

interface MadeCart {
  cart: Cart
  checked: CheckedLines
  /** Values of restrictions that nothing could be checked against. */
  unjudged: string[]
  isUnread: boolean
  made: CartLink
  budgetRub: number | null
  message: MessageContext
}

/**
 * Stores a cart that the shop has made and describes it to the model, without its link. A cart that cannot be stored is
 * still shown, without a number.
 */
export async function storeCart(
  {
    cart,
    checked,
    unjudged,
    isUnread,
    made: { link, affiliateTag },
    budgetRub,
    message: { question, state },
  }: MadeCart,
  { users, metrics }: StoreCartDeps,
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
    larder: notObtained(state.larder, lines),
    notFound: notObtained(state.notFound, lines),
    budget: budgetRub === null ? null : { rub: budgetRub, kept: totalMinor === null ? null : true },
    unchecked: checked.unknown.map(({ product, restriction }) => ({
      name: product.name,
      restriction: restriction.value,
    })),
    unjudged,
    restrictionsUnread: isUnread,
    inviterPaid: null,
  }
  try {
    const outcome = await users.cartCreated(question.update, question.user.userId, {
      ordinal: 1,
      totalSum: totalMinor === null || totalMinor === 0 ? null : totalMinor / 100,
      scenario: cause,
      affiliateTag,
      revises: false,
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
  remaining: outcome === null ? null : Math.max(0, outcome.cartLimit - outcome.cartsCreated),
  corrections: corrections.map(({ xmlId, asked, q, reason }) => ({ xml_id: xmlId, asked, q, reason })),
  note: 'Корзина готова. Список, сумму и ссылку покажет бот: напиши одно-два предложения вступления без цен и перечислений.',
})
