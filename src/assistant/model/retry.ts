import { TimeoutError } from '../../errors.ts'
import type { Sleep } from '../../process/sleep.ts'
import { askedDelayMs, isWorthRepeating } from './model-error.ts'

export interface RetryDeps {
  sleep: Sleep
  /** 0 inclusive to 1 exclusive. */
  random: () => number
}

export interface RetryOptions {
  attempts: number
  /** Longest pause in milliseconds; a service that asks for more ends the retries, for a user is waiting. */
  longestWaitMs: number
  signal: AbortSignal | undefined
  /** How many attempts that ran into their timeout are repeated; none when left out. */
  timeoutsRepeated?: number | undefined
  onRetry: (err: unknown, attempt: number, delayMs: number) => void
}

const firstDelayMs = 1000
const jitterMs = 500

/** Repeats `work` while repeating makes sense: 1, 2, 4 s and a jitter apart, or as long as the service asked for. */
export async function withRetries<T>(
  work: () => Promise<T>,
  { sleep, random }: RetryDeps,
  { attempts, longestWaitMs, signal, timeoutsRepeated = 0, onRetry }: RetryOptions,
): Promise<T> {
  let timeouts = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (err) {
      const askedMs = askedDelayMs(err)
      if (err instanceof TimeoutError) timeouts += 1
      const isRepeated = err instanceof TimeoutError ? timeouts <= timeoutsRepeated : isWorthRepeating(err)
      if (attempt >= attempts || !isRepeated || askedMs > longestWaitMs) throw err
      const delayMs = Math.max(askedMs, firstDelayMs * 2 ** (attempt - 1)) + Math.floor(random() * jitterMs)
      onRetry(err, attempt, delayMs)
      await sleep(delayMs, signal)
      signal?.throwIfAborted()
    }
  }
}

/** `Retry-After` in seconds or as a date, in milliseconds from now; undefined when absent or unreadable. */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
