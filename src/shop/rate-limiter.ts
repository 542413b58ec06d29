import { RateLimitError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'

export interface RateLimiterOptions {
  /** Calls per second over time. */
  perSecond: number
  /** Calls that may go at once after a pause. */
  burst: number
  /** The longest wait a call is made to stand; this bounds the queue as well. */
  maxWaitMs: number
  now: () => Date
  sleep: Sleep
}

/** Resolves with the milliseconds waited, when it is the caller's turn. Throws RateLimitError when the queue is full. */
export type TakeTurn = () => Promise<number>

/**
 * A token bucket with a fair queue: each call books the next free slot when it comes, so turns are given in order of
 * arrival and nothing has to be kept but the time of the next slot.
 */
export function createRateLimiter({ perSecond, burst, maxWaitMs, now, sleep }: RateLimiterOptions): TakeTurn {
  const intervalMs = 1000 / perSecond
  let nextSlot = Number.NEGATIVE_INFINITY
  return async () => {
    const time = now().getTime()
    // a slot further ahead than any call may wait: the clock was set back
    if (nextSlot - time > maxWaitMs + intervalMs) nextSlot = time
    const slot = Math.max(nextSlot, time - (burst - 1) * intervalMs)
    const waitMs = Math.max(0, slot - time)
    if (waitMs > maxWaitMs) throw new RateLimitError('shop', 'too many requests of our own wait', waitMs - maxWaitMs)
    nextSlot = slot + intervalMs
    if (waitMs > 0) await sleep(waitMs)
    return waitMs
  }
}
