import { RateLimitError, type Upstream } from '../../errors.ts'
import type { QueuePlace, StreamLoad, StreamQueue, StreamTurn, Waiter } from './stream-queue.ts'
import { createStreamWaits } from './stream-waits.ts'

/** The concurrent streams that an account allows («потоки» in GigaChat's terms), for all users together. */
export interface Streams {
  /**
   * Runs `work` when a stream is free, calls of older messages first. Throws RateLimitError when too many wait already, and
   * the signal's reason when it is aborted while waiting.
   */
  run<T>(work: () => Promise<T>, turn: StreamTurn, signal?: AbortSignal): Promise<T>
  state(): StreamState
}

/** The queue for a stream at a moment. */
export interface StreamState extends Pick<StreamLoad, 'held' | 'waiting'> {
  /** Streams of the account. */
  size: number
  /** Where a message that came now would stand; null when it would not have to wait. */
  ofNew: QueuePlace | null
  /** While all streams are in use, the next message begins once in so many milliseconds. */
  everyMs: number
}

export interface StreamsOptions {
  /** Whose calls are limited. */
  upstream: Upstream
  /** Streams of the account. */
  size: number
  /** Calls of this process that may wait. */
  maxWaiting: number
  queue: StreamQueue
}

export function createStreams({ upstream, size, maxWaiting, queue }: StreamsOptions): Streams {
  const waits = createStreamWaits(size)
  const placeBehind = (ahead: number): QueuePlace => ({ ahead, waitMs: waits.estimateMs(ahead) })

  const enter = (turn: StreamTurn, signal?: AbortSignal): Promise<Waiter> => {
    signal?.throwIfAborted()
    if (queue.load().waiting >= maxWaiting) throw new RateLimitError(upstream, 'too many calls wait for a free stream')
    return new Promise((resolve, reject) => {
      let isNotified = false
      const end = () => {
        signal?.removeEventListener('abort', giveUp)
        if (isNotified) turn.onTurn?.()
      }
      const waiter: Waiter = {
        turn,
        wait: () => {
          isNotified = true
          turn.onWaiting?.(() => placeBehind(queue.ahead(waiter)))
        },
        proceed: () => {
          end()
          resolve(waiter)
        },
      }
      const giveUp = () => {
        queue.quit(waiter)
        end()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp)
      queue.enter(waiter)
    })
  }

  return {
    async run(work, turn, signal) {
      const waiter = await enter(turn, signal)
      turn.onStream?.()
      const end = waits.begin(turn)
      try {
        return await work()
      } finally {
        end()
        queue.leave(waiter)
      }
    },
    state: () => {
      const { held, waiting, aheadOfNew } = queue.load()
      const ofNew = aheadOfNew === null ? null : placeBehind(aheadOfNew)
      return { size, held, waiting, ofNew, everyMs: waits.everyMs() }
    },
  }
}
