import type { InlineKeyboardButton } from 'grammy/types'
import {
  type CartRating,
  type RatedCart,
  type Rating,
  type RatingReason,
  ratingReasons,
} from '../../users/cart-rating.ts'
import { texts } from './texts.ts'

type Rows = InlineKeyboardButton[][]

const prefix = 'rate_'
/** `rate_up_3_0123456789AB_0123456789ab`, `rate_wrong_3_…`: at most 64 bytes, as Telegram takes. The cart is named in it, so nothing has to be remembered. */
const dataPattern = new RegExp(
  String.raw`^rate_(up|down|${ratingReasons.join('|')})_([1-9]\d{0,8})_([0-9A-Z]{12})_([0-9a-f]{12}|-)$`,
)
export const ratingPattern = /^rate_/

const dataOf = (what: Rating | RatingReason, { cartNumber, requestId, promptVersion }: RatedCart): string =>
  `${prefix}${what}_${cartNumber}_${requestId}_${promptVersion ?? '-'}`

/** Reads the data of a pressed button; null for that of another keyboard. */
export function readRating(data: string): CartRating | null {
  const [, what, cartNumber, requestId, promptVersion] = dataPattern.exec(data) ?? []
  if (what === undefined || requestId === undefined) return null
  const reason = ratingReasons.find(known => known === what) ?? null
  return {
    cartNumber: Number(cartNumber),
    requestId,
    promptVersion: promptVersion === undefined || promptVersion === '-' ? null : promptVersion,
    rating: what === 'up' ? 'up' : 'down',
    reason,
  }
}

/** 👍 and 👎 before a choice; after it the chosen one is marked, and a 👎 without a reason asks for one. */
export function ratingRows(cart: RatedCart, chosen?: Pick<CartRating, 'rating' | 'reason'>): Rows {
  const button = (what: Rating, label: string) => ({ text: label, callback_data: dataOf(what, cart) })
  const down = chosen?.reason == null ? '👎' : `👎 ${texts.ratingReasons[chosen.reason]}`
  const choice = [
    button('up', chosen?.rating === 'up' ? '✓ 👍' : '👍'),
    button('down', chosen?.rating === 'down' ? `✓ ${down}` : '👎'),
  ]
  if (chosen?.rating !== 'down' || chosen.reason !== null) return [choice]
  const reasons = ratingReasons.map(reason => ({
    text: texts.ratingReasons[reason],
    callback_data: dataOf(reason, cart),
  }))
  return [choice, reasons.slice(0, 2), reasons.slice(2, 4), reasons.slice(4)]
}

/** The buttons of a message with the rows of its rating replaced; the others stay as they are. */
export function replaceRating(rows: Rows, rating: Rows): Rows {
  const isRating = (row: Rows[number]) =>
    row.every(key => 'callback_data' in key && key.callback_data.startsWith(prefix))
  const at = rows.findIndex(isRating)
  const others = rows.filter(row => !isRating(row))
  return at === -1 ? others : [...rows.slice(0, at), ...rating, ...others.slice(at)]
}
