import type { CartRatingRow } from '../digest-numbers.ts'
import type { Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import type { Life } from './life.ts'
import { isNewCart } from './life-carts.ts'
import { promptOf } from './prompt-days.ts'

interface DemoRating {
  cartNumber: number
  /** The version that was rated. */
  revision: number
  rating: 'up' | 'down'
  /** Null of `up`, and when none was chosen. */
  reason: string | null
  at: number
}

const minute = 60_000
const reasons = ['expensive', 'wrong', null, 'missing', 'extra', 'other'] as const

/** Ratings of a user: four carts of ten, one of them badly, a minute after the cart. */
export const ratingsOf = ({ userId, events }: Life): DemoRating[] =>
  events.filter(isNewCart).flatMap(({ at: madeAt, metadata }) => {
    const cartNumber = Number(metadata.cart_number)
    // products of the whole id would be no safe integers
    const dice = ((userId % 1000) * 7 + cartNumber * 13) % 10
    if (dice > 3) return []
    const at = madeAt + minute
    const versions = events.filter(
      event => event.type === 'cart_created' && event.metadata.cart_number === cartNumber && event.at <= at,
    )
    return [
      {
        cartNumber,
        revision: Math.max(...versions.map(version => Number(version.metadata.revision))),
        rating: dice === 0 ? 'down' : 'up',
        reason: dice === 0 ? (reasons[((userId % 1000) + cartNumber) % reasons.length] ?? null) : null,
        at,
      },
    ]
  })

/** Expected rows of `analytics.cart_ratings`. */
export function createExpectedRatings(calendar: Calendar, period: Period) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const rows = new Map<string, CartRatingRow>()
  return {
    add: (life: Life): void => {
      for (const { rating, reason, at } of ratingsOf(life)) {
        const day = calendar.indexAt(at)
        if (day < from || day > to) continue
        const key = [promptOf(life), rating, reason].join()
        const row = rows.get(key) ?? { prompt_version: promptOf(life), rating, reason, carts: 0 }
        rows.set(key, { ...row, carts: row.carts + 1 })
      }
    },
    result: (): CartRatingRow[] => [...rows.values()].sort(inOrder),
  }
}

/** By version, good ones first, by reason; those without a reason last. */
function inOrder(a: CartRatingRow, b: CartRatingRow): number {
  const place = ({ prompt_version, rating, reason }: CartRatingRow) =>
    [prompt_version, rating === 'up' ? 0 : 1, reason ?? '~'].join()
  return place(a) < place(b) ? -1 : 1
}
