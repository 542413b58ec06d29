import { InlineKeyboard } from 'grammy'
import type { CartView } from '../../assistant/assistant.ts'
import type { RatedCart } from '../../users/cart-rating.ts'
import { ratingRows } from './rating-keyboard.ts'
import { texts } from './texts.ts'

const cartLink = /^https:\/\/vkusvill\.ru\/\?share_basket=\d+(?:&[\w-]{1,40}=[\w.~-]{1,100})?$/

/** True for the only form of link that is shown to a user. */
export const isCartLink = (link: string): boolean => cartLink.test(link)

export const addLarder = 'larder_add'

/** What to ask of the cart above a button. */
export const cartActions = { cheaper: 'cart_cheaper', change: 'cart_change', again: 'cart_again' } as const

/**
 * The buttons under a cart; `rated` names it when it can be rated. Without the button that opens it when the link has another
 * form, which is never shown; with one that adds what was taken to be at home when the cart leaves any out.
 */
export function cartKeyboard(
  { link, larder }: Pick<CartView, 'link' | 'larder'>,
  rated: RatedCart | null = null,
): InlineKeyboard {
  const keyboard = new InlineKeyboard()
  if (isCartLink(link)) keyboard.url(texts.openCart, link).row()
  if (larder.length > 0) keyboard.text(texts.addLarder, addLarder).row()
  keyboard.text(texts.cheaper, cartActions.cheaper)
  keyboard.text(texts.change, cartActions.change)
  keyboard.text(texts.again, cartActions.again)
  return new InlineKeyboard([...keyboard.inline_keyboard, ...(rated === null ? [] : ratingRows(rated))])
}
