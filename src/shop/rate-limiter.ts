import { RateLimitError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'

export interface RateLimiterOptions {
  /** Sustained calls per second. */
  perSecond: number
  /** Calls that may be sent immediately after a pause. */
  burst: number
  /** Maximum wait of a call, which also bounds the queue. */
  maxWaitMs: number
  now: () => Date
  sleep: Sleep
}

/** Resolves to the milliseconds waited when it is the caller's turn. Rejects with RateLimitError if the queue is full. */
export type TakeTurn = () => Promise<number>

/**
 * Token bucket with a fair queue: each call reserves the next free moment on arrival, so turns are in order of arrival, and
 * the time of the next turn is the only state.
 */
export function createRateLimiter({ perSecond, burst, maxWaitMs, now, sleep }: RateLimiterOptions): TakeTurn {
  const intervalMs = 1000 / perSecond
  let nextTurn = Number.NEGATIVE_INFINITY
  return async () => {
    const time = now().getTime()
    // a turn later than any call may wait means that the clock was set back
    if (nextTurn - time > maxWaitMs + intervalMs) nextTurn = time
    const turn = Math.max(nextTurn, time - (burst - 1) * intervalMs)
    const waitMs = Math.max(0, turn - time)
    if (waitMs > maxWaitMs) throw new RateLimitError('shop', 'too many requests of our own wait', waitMs - maxWaitMs)
    nextTurn = turn + intervalMs
    if (waitMs > 0) await sleep(waitMs)
    return waitMs
  }
}
