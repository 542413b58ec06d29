/** What a user thinks of a cart. */
export type Rating = 'up' | 'down'

/** Why a cart is no good, as buttons offer it. */
export const ratingReasons = ['expensive', 'wrong', 'missing', 'extra', 'other'] as const
export type RatingReason = (typeof ratingReasons)[number]

/** A rating with the cart it is about, as its button names it. */
export interface CartRating {
  cartNumber: number
  /** Of the message that asked for the cart. */
  requestId: string
  /** Of the prompt that made the cart. */
  promptVersion: string | null
  rating: Rating
  /** Null before it was chosen; always null of `up`. */
  reason: RatingReason | null
}

/** The cart that a rating is about. */
export type RatedCart = Pick<CartRating, 'cartNumber' | 'requestId' | 'promptVersion'>
