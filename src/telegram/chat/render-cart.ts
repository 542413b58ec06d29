import type { CartView } from '../../assistant/assistant.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { CartLine, StoredCart } from '../../shop/cart.ts'
import { canonicalUnit } from '../../shop/units.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted, formatQuantity, formatRub, formatWholeRub } from '../wording.ts'
import { isCartLink } from './cart-keyboard.ts'
import { renderChanges } from './render-changes.ts'
import { texts } from './texts.ts'

export interface CartRemarks {
  allergyWarning: boolean
  /** What is left of the allowance and how to get more; null when that is not known. */
  allowance?: Html | null
  /** The shop decides on price and stock: shown once a day. */
  disclaimer?: boolean
}

/** The list, total and remarks of a cart. What comes from the shop or was asked for may hold a link: none can be pressed. */
export function renderCart(cart: CartView, { allergyWarning, allowance = null, disclaimer = true }: CartRemarks): Html {
  const remarks = [
    ...(cart.notFound.length > 0 ? [texts.notFound(defuseLinks(cart.notFound.join(', ')))] : []),
    ...(cart.budget === null ? [] : [budgetLine(cart.budget)]),
    ...(allowance === null ? [] : [allowance]),
  ]
  const paragraphs = [
    ...(cart.changes === null ? [] : [renderChanges(cart.changes)]),
    renderLines(cart),
    renderTotal(cart),
    ...(cart.corrections.length > 0 ? [renderCorrections(cart)] : []),
    ...(remarks.length > 0 ? [joinHtml(remarks, '\n')] : []),
    ...(cart.larder.length > 0 ? [texts.larder(defuseLinks(cart.larder.join(', ')))] : []),
    ...(cart.unchecked.length > 0 ? [renderUnchecked(cart)] : []),
    ...(cart.unjudged.length > 0 ? [texts.unjudged(defuseLinks(cart.unjudged.join(', ')))] : []),
    ...(cart.restrictionsUnread ? [texts.restrictionsUnread] : []),
    ...(allergyWarning ? [texts.allergy] : []),
    ...(isCartLink(cart.link) ? [] : [texts.badLink]),
    ...(disclaimer ? [texts.disclaimer] : []),
  ]
  return joinHtml(paragraphs, '\n\n')
}

export const renderLines = ({ lines }: Pick<StoredCart, 'lines'>): Html => joinHtml(lines.map(renderLine), '\n')

export function renderTotal({ lines, totalMinor }: Pick<StoredCart, 'lines' | 'totalMinor'>): Html {
  const items = counted(lines.length, ['товар', 'товара', 'товаров'])
  return totalMinor === null ? texts.totalUnknown(items) : texts.total(formatRub(totalMinor), items)
}

/** A cart of the store, as it was made, without what only the moment of making knew. */
export const asView = (cart: StoredCart): CartView => ({
  ...cart,
  cartNumber: null,
  cartLimit: null,
  revision: null,
  changes: null,
  corrections: [],
  larder: [],
  notFound: [],
  budget: null,
  unchecked: [],
  unjudged: [],
  restrictionsUnread: false,
  inviterPaid: null,
})

/** «**Свёкла**, 0,6 кг — 30 ₽»; of one piece the quantity goes without saying. */
function renderLine({ product, q, sumMinor, priceNote }: CartLine): Html {
  const quantity = q === 1 && canonicalUnit(product.unit) === 'шт' ? '' : `, ${formatQuantity(q, product.unit)}`
  const price = sumMinor === null ? texts.priceUnknown : formatWholeRub(sumMinor)
  const line = html`<b>${defuseLinks(product.name)}</b>${defuseLinks(quantity)} — ${price}`
  return priceNote === undefined ? line : html`${line}\n<i>${defuseLinks(priceNote)}</i>`
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
