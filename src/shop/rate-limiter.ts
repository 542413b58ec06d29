import { RateLimitError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'

/** How fast calls may follow each other. */
export interface PaceLimits {
  /** Sustained calls per second. */
  perSecond: number
  /** Calls that may be sent immediately after a pause. */
  burst: number
  /** In any `ms` no more than `calls`, whatever the burst. */
  window: { calls: number; ms: number }
}

export interface RateLimiterOptions extends PaceLimits {
  /** Maximum wait of a call, which also bounds the queue. */
  maxWaitMs: number
  /** A clock that is never set; 0 is the start of the process. */
  elapsedMs: () => number
  /** Calls made before the start of the process are known elsewhere. Else as many are assumed as the limits allow. */
  knowsEarlier?: boolean
  sleep: Sleep
}

/** Resolves to the milliseconds waited when it is the caller's turn. Rejects with RateLimitError if the queue is full. */
export type TakeTurn = () => Promise<number>

/** So long after calls that are not known, as many as the limits allow, the next one may be made: 5 s for the limits of the shop. */
export const settleMs = ({ perSecond, burst, window }: PaceLimits): number =>
  Math.max(0, window.ms - ((window.calls - burst) * 1000) / perSecond)

/**
 * Token bucket with a fair queue, and a memory of the calls of the last window: each call reserves the next free moment on
 * arrival, so turns are in order of arrival.
 */
export function createRateLimiter(options: RateLimiterOptions): TakeTurn {
  const { perSecond, burst, window, maxWaitMs, elapsedMs, knowsEarlier = false, sleep } = options
  const intervalMs = 1000 / perSecond
  let nextTurn = knowsEarlier ? Number.NEGATIVE_INFINITY : settleMs(options)
  /** Turns of the last calls, a ring of as many as a window may hold. */
  const turns: number[] = []
  let taken = 0
  return async () => {
    const time = elapsedMs()
    const place = taken % window.calls
    const left = (turns[place] ?? Number.NEGATIVE_INFINITY) + window.ms
    const turn = Math.max(nextTurn, left, time - (burst - 1) * intervalMs)
    const waitMs = Math.max(0, turn - time)
    if (waitMs > maxWaitMs) throw new RateLimitError('shop', 'too many requests of our own wait', waitMs - maxWaitMs)
    nextTurn = turn + intervalMs
    turns[place] = time + waitMs
    taken += 1
    if (waitMs > 0) await sleep(waitMs)
    return waitMs
  }
}
