import { type Digest, digestChanges, weakestStep } from './digest.ts'
import type { FunnelStage } from './numbers.ts'
import { wilsonInterval } from './wilson.ts'

/** The one thing to do next week. */
export type Advice =
  | { kind: 'hard cap' | 'soft cap'; days: number }
  | { kind: 'errors'; share: number }
  | { kind: 'cost' }
  | { kind: 'ratings'; reason: string | null }
  | { kind: 'missing'; query: string; users: number }
  | { kind: 'fewer users' }
  | { kind: 'step'; from: FunnelStage; to: FunnelStage; share: number }
  | { kind: 'no users' }

/** A share of failed messages that is too high whatever it was before. */
const manyErrors = 0.05
/** 👎 among the ratings: too many when even the lower end of their interval is above. */
const manyDislikes = 0.2

/**
 * Chooses what matters most: first what refuses users, then what fails them, then what costs, then what they miss, then who
 * comes; when nothing of that stands out, the weakest step towards a cart.
 */
export function adviseOn(digest: Digest): Advice {
  const { now, days, ratings, missing } = digest
  const changes = digestChanges(digest)
  const rose = (kind: string | undefined) => kind === 'up' || kind === 'new'
  if (days.hard > 0) return { kind: 'hard cap', days: days.hard }
  const share = now.summary.error_share ?? 0
  if (share >= manyErrors || rose(changes?.errors.kind)) return { kind: 'errors', share }
  if (days.soft > 0) return { kind: 'soft cap', days: days.soft }
  if (rose(changes?.cost_per_cart.kind)) return { kind: 'cost' }
  const rated = ratings.up + ratings.down
  if (rated > 0 && wilsonInterval(ratings.down, rated).low > manyDislikes)
    return { kind: 'ratings', reason: ratings.reasons[0]?.reason ?? null }
  const [first] = missing
  if (first !== undefined) return { kind: 'missing', query: first.query, users: first.users }
  if (changes?.new_users.kind === 'down') return { kind: 'fewer users' }
  const step = weakestStep(now.funnel)
  return step === null ? { kind: 'no users' } : { kind: 'step', ...step }
}
