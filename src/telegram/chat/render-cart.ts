import { InlineKeyboard } from 'grammy'
import type { CartView } from '../../assistant/assistant.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { CartLine, StoredCart } from '../../shop/cart.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { formatQuantity, formatRub } from '../wording.ts'
import { texts } from './texts.ts'

const cartLink = /^https:\/\/vkusvill\.ru\/\?share_basket=\d+(?:&[\w-]{1,40}=[\w.~-]{1,100})?$/

/** The button to the cart; null for a link of any other form, which is never shown. */
export const cartButton = ({ link }: StoredCart): InlineKeyboard | null =>
  cartLink.test(link) ? new InlineKeyboard().url(texts.openCart, link) : null

/** The list, total and remarks of a cart. What comes from the shop or was asked for may hold a link: none can be pressed. */
export function renderCart(cart: CartView, { allergyWarning }: { allergyWarning: boolean }): Html {
  const remarks = [
    ...(cart.notFound.length > 0 ? [texts.notFound(defuseLinks(cart.notFound.join(', ')))] : []),
    ...(cart.budget === null ? [] : [budgetLine(cart.budget)]),
    ...(cart.cartNumber === null || cart.cartLimit === null ? [] : [texts.cartsLeft(cart.cartNumber, cart.cartLimit)]),
  ]
  const paragraphs = [
    joinHtml(cart.lines.map(renderLine), '\n'),
    cart.totalMinor === null ? texts.totalUnknown : texts.total(formatRub(cart.totalMinor)),
    ...(cart.corrections.length > 0 ? [renderCorrections(cart)] : []),
    ...(remarks.length > 0 ? [joinHtml(remarks, '\n')] : []),
    ...(cart.unchecked.length > 0 ? [renderUnchecked(cart)] : []),
    ...(cart.unjudged.length > 0 ? [texts.unjudged(defuseLinks(cart.unjudged.join(', ')))] : []),
    ...(cart.restrictionsUnread ? [texts.restrictionsUnread] : []),
    ...(allergyWarning ? [texts.allergy] : []),
    ...(cartButton(cart) === null ? [texts.badLink] : []),
    texts.disclaimer,
  ]
  return joinHtml(paragraphs, '\n\n')
}

/** A cart of the store, as it was made, without what only the moment of making knew. */
export const asView = (cart: StoredCart): CartView => ({
  ...cart,
  cartNumber: null,
  cartLimit: null,
  corrections: [],
  notFound: [],
  budget: null,
  unchecked: [],
  unjudged: [],
  restrictionsUnread: false,
  inviterPaid: null,
})

function renderLine({ product, q, priceMinor, sumMinor, priceNote }: CartLine, index: number): Html {
  const name = html`${index + 1}. ${defuseLinks(product.name)}`
  const quantity = formatQuantity(q, defuseLinks(product.unit))
  const line =
    priceMinor === null || sumMinor === null
      ? html`${name}: ${texts.priceUnknown} × ${quantity}`
      : html`${name}: ${formatRub(priceMinor)} × ${quantity} = ${formatRub(sumMinor)}`
  return priceNote === undefined ? line : html`${line}\n    <i>${defuseLinks(priceNote)}</i>`
}

function renderCorrections({ corrections, lines }: CartView): Html {
  const nameOf = (xmlId: number) => lines.find(line => line.product.xmlId === xmlId)?.product.name ?? 'товар'
  const rows = corrections.map(
    ({ xmlId, asked, q, reason }) => html`• ${defuseLinks(nameOf(xmlId))}: ${asked} → ${q} (${defuseLinks(reason)})`,
  )
  return joinHtml([texts.corrections, ...rows], '\n')
}

function renderUnchecked({ unchecked }: CartView): Html {
  const rows = unchecked.map(({ name, restriction }) => html`• ${defuseLinks(name)} («${defuseLinks(restriction)}»)`)
  return joinHtml([texts.unchecked, ...rows], '\n')
}

function budgetLine({ rub, kept }: NonNullable<CartView['budget']>): Html {
  const budget = formatRub(rub * 100)
  if (kept === null) return texts.budgetUnknown(budget)
  return kept ? texts.budgetKept(budget) : texts.budgetExceeded(budget)
}
