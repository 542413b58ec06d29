import { InlineKeyboard } from 'grammy'
import type { CartView } from '../../assistant/assistant.ts'
import type { StoredCart } from '../../shop/cart.ts'
import { texts } from './texts.ts'

const cartLink = /^https:\/\/vkusvill\.ru\/\?share_basket=\d+(?:&[\w-]{1,40}=[\w.~-]{1,100})?$/

/** True for the only form of link that is shown to a user. */
export const isCartLink = (link: string): boolean => cartLink.test(link)

/** The button to the cart; null for a link of any other form, which is never shown. */
export const cartButton = ({ link }: Pick<StoredCart, 'link'>): InlineKeyboard | null =>
  isCartLink(link) ? new InlineKeyboard().url(texts.openCart, link) : null

export const addLarder = 'larder_add'

/** The button that adds what was taken to be at home; null when a cart leaves nothing out. */
export const larderButton = ({ larder }: Pick<CartView, 'larder'>): InlineKeyboard | null =>
  larder.length === 0 ? null : new InlineKeyboard().text(texts.addLarder, addLarder)
