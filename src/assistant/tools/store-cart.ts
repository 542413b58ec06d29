import type { CartOutcome } from '../../events/facts.ts'
import type { Cart, StoredCart } from '../../shop/cart.ts'
import type { CartLink } from '../../shop/cart-link.ts'
import type { LastCart, Users } from '../../users/users.ts'
import type { CartView } from '../assistant.ts'
import { type CartChanges, compareCarts } from '../cart-changes.ts'
import { notFoundFor } from '../earlier-request.ts'
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

/** A cart that nothing forbids. */
interface FoundCart {
  cart: Cart
  checked: CheckedLines
  /** Values of restrictions that nothing could be checked against. */
  unjudged: string[]
  isUnread: boolean
  budgetRub: number | null
  message: MessageContext
}

interface MadeCart extends FoundCart {
  made: CartLink
  /** The cart that it corrects, as far as this process knows. */
  revised: LastCart | null
}

/**
 * Stores a cart that the shop has made and describes it to the model, without its link. A cart that cannot be stored is
 * still shown, without a number.
 */
export async function storeCart(found: MadeCart, { users, metrics }: StoreCartDeps): Promise<ToolResult> {
  const { cart, made, revised, budgetRub, message } = found
  const { question, state, together } = message
  const { lines, totalMinor } = cart
  const stored = { lines, totalMinor, link: made.link }
  const cause = scenario(state.toolsCalled, budgetRub !== null)
  metrics.carts.inc({ scenario: cause })
  const changes = revised === null ? null : compareCarts(revised, cart)
  const view: CartView = { ...viewOf(found, stored), changes }
  try {
    const outcome = await users.cartCreated(question.update, question.user.userId, {
      ordinal: 1,
      totalSum: totalMinor === null || totalMinor === 0 ? null : totalMinor / 100,
      scenario: cause,
      affiliateTag: made.affiliateTag,
      revises: revised !== null,
      promptVersion: message.promptVersion,
      together,
      cart: stored,
    })
    const numbered = outcome === null ? view : { ...view, ...numbersOf(outcome, changes) }
    return { data: describeCart(cart, numbered, outcome), achieved: { budgetRub, cart: numbered } }
  } catch (error) {
    return { error, achieved: { budgetRub, cart: view } }
  }
}

/** Shows the cart there is again, when the request would change nothing of it: no link is made and nothing is stored. */
export function showUnchanged(last: LastCart, found: FoundCart): ToolResult {
  const { lines, totalMinor, link, revision } = last
  const changes = compareCarts(last, last)
  return {
    data: { ok: true, changed: describeChanges(changes), note: unchangedNote },
    achieved: {
      budgetRub: found.budgetRub,
      cart: { ...viewOf(found, { lines, totalMinor, link }), revision, changes },
    },
  }
}

const viewOf = (
  { cart, checked, unjudged, isUnread, budgetRub, message: { state, earlier } }: FoundCart,
  stored: StoredCart,
): CartView => ({
  ...stored,
  cartNumber: null,
  cartLimit: null,
  revision: null,
  changes: null,
  corrections: cart.corrections,
  larder: notObtained(state.larder, stored.lines),
  notFound: notFoundFor(state.notFound, earlier, stored.lines),
  budget: budgetRub === null ? null : { rub: budgetRub, kept: stored.totalMinor === null ? null : true },
  unchecked: checked.unknown.map(({ product, restriction }) => ({
    name: product.name,
    restriction: restriction.value,
  })),
  unjudged,
  restrictionsUnread: isUnread,
  inviterPaid: null,
})

/** The database decides what is a correction: what it made a new cart of shows no changes. */
const numbersOf = ({ cartNumber, cartLimit, revision, inviterPaid }: CartOutcome, changes: CartChanges | null) => ({
  cartNumber,
  cartLimit,
  revision,
  inviterPaid,
  changes: revision === 0 ? null : changes,
})

const unchangedNote =
  'Состав тот же, что в прошлой корзине: ничего не изменилось, новой ссылки нет. Не пиши, что что-то убрано или добавлено; скажи, чего сделать не удалось.'

const describeCart = (
  { lines, totalMinor, corrections }: Cart,
  { changes }: CartView,
  outcome: CartOutcome | null,
): ToolData => ({
  ok: true,
  items_count: lines.length,
  total: totalMinor === null ? null : totalMinor / 100,
  cart_number: outcome?.cartNumber ?? null,
  cart_limit: outcome?.cartLimit ?? null,
  remaining: outcome === null ? null : Math.max(0, outcome.cartLimit - outcome.cartsCreated),
  ...(changes !== null && { changed: describeChanges(changes) }),
  corrections: corrections.map(({ xmlId, asked, q, reason }) => ({ xml_id: xmlId, asked, q, reason })),
  note: 'Корзина готова. Список, сумму, изменения и ссылку покажет бот: напиши одно-два предложения вступления без цен и перечислений.',
})

const describeChanges = ({ removed, added, requantified }: CartChanges) => ({
  removed: removed.map(({ product }) => product.name),
  added: added.map(({ product }) => product.name),
  quantities: requantified.map(({ line, from }) => ({ name: line.product.name, from, to: line.q })),
})
