import { Counter } from 'prom-client'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { type CartRating, ratingReasons } from '../../users/cart-rating.ts'

export interface RatingMetrics {
  rated(rating: Pick<CartRating, 'rating' | 'reason'>): void
}

/** Counts what users think of their carts. A rating that was changed counts again; the table has the latest. */
export function createRatingMetrics(register: MetricRegistry): RatingMetrics {
  const ratings = new Counter({
    name: 'bot_cart_ratings_total',
    help: 'Ratings of carts, by rating and reason; a changed one counts again',
    labelNames: ['rating', 'reason'],
    registers: [register],
  })
  ratings.inc({ rating: 'up', reason: 'none' }, 0)
  for (const reason of ['none', ...ratingReasons]) ratings.inc({ rating: 'down', reason }, 0)
  return { rated: ({ rating, reason }) => ratings.inc({ rating, reason: reason ?? 'none' }) }
}
