import { RateLimitError, type Upstream } from '../../errors.ts'

export interface Semaphore {
  /**
   * Runs `work` when a permit is free, first come first served. Throws RateLimitError when too many wait already, and the
   * signal's reason when it is aborted while waiting.
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

export interface SemaphoreOptions {
  /** Whose calls are limited. */
  upstream: Upstream
  /** Permits: how many may run concurrently. */
  size: number
  /** How many may wait. */
  maxWaiting: number
  onChange: (running: number, waiting: number) => void
}

/** Limits concurrent calls to the streams that an account allows («потоки» in GigaChat's terms), for all users together. */
export function createSemaphore({ upstream, size, maxWaiting, onChange }: SemaphoreOptions): Semaphore {
  let running = 0
  /** In the order of arrival: a Set deletes from the middle as cheaply as from the front. */
  const queue = new Set<() => void>()

  const enter = (signal?: AbortSignal): Promise<void> | void => {
    signal?.throwIfAborted()
    if (running < size) {
      running += 1
      return
    }
    if (queue.size >= maxWaiting) throw new RateLimitError(upstream, 'too many calls wait for a free stream')
    return new Promise<void>((resolve, reject) => {
      const leaveQueue = () => {
        queue.delete(proceed)
        signal?.removeEventListener('abort', giveUp)
      }
      const proceed = () => {
        leaveQueue()
        resolve()
      }
      const giveUp = () => {
        leaveQueue()
        onChange(running, queue.size)
        reject(signal?.reason)
      }
      queue.add(proceed)
      signal?.addEventListener('abort', giveUp)
    })
  }

  const leave = () => {
    const next = queue.values().next()
    // the permit is handed on, so that a call made just now cannot overtake
    if (next.done) running -= 1
    else next.value()
    onChange(running, queue.size)
  }

  return {
    async run(work, signal) {
      const entered = enter(signal)
      onChange(running, queue.size)
      await entered
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
