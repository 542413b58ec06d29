import { AppError } from '../../errors.ts'
import type { Sleep } from '../../process/sleep.ts'

export interface TryAgainDeps {
  sleep: Sleep
  /** Milliseconds by a clock that is never set. */
  elapsedMs: () => number
}

/** Repeats a statement that PostgreSQL refuses for a moment, such as one of two that wait for each other. */
export interface TryAgain {
  /** Resolves to what `send` does, rejects as its last try did. */
  run<T>(send: () => Promise<T>): Promise<T>
  /** Whether another statement was answered. While PostgreSQL is down nothing is repeated: users would only wait. */
  note(isAnswering: boolean): void
}

/** Pauses before the next try, in milliseconds. */
const pausesMs = [50, 150, 300, 700]
/** No try begins later than this and a pause: together less than inbox_longest_wait(), for which later updates wait for this one. */
const repeatForMs = 1_000

/** What took long is not repeated either, whatever the error says. */
export function createTryAgain({ sleep, elapsedMs }: TryAgainDeps): TryAgain {
  let isAnswering = true
  return {
    note: answers => {
      isAnswering = answers
    },
    run: async send => {
      const since = elapsedMs()
      for (let tries = 0; ; tries++) {
        try {
          const answer = await send()
          isAnswering = true
          return answer
        } catch (err) {
          const pauseMs = pausesMs[tries]
          const mayPass = err instanceof AppError && err.retryable && elapsedMs() - since <= repeatForMs
          if (pauseMs === undefined || !mayPass || !isAnswering) {
            isAnswering = false
            throw err
          }
          await sleep(pauseMs)
        }
      }
    },
  }
}
