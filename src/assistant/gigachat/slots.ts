import { RateLimitError } from '../../errors.ts'

export interface Slots {
  /**
   * Runs `work` when a slot is free, first come first served. Throws RateLimitError when too many wait already, and the
   * signal's reason when it is aborted while waiting.
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

export interface SlotsOptions {
  /** How many may work at once. */
  size: number
  /** How many may wait. */
  maxWaiting: number
  onChange: (running: number, waiting: number) => void
}

/** The parallel streams an account allows, shared by everybody who uses the account. */
export function createSlots({ size, maxWaiting, onChange }: SlotsOptions): Slots {
  let running = 0
  /** In the order of arrival: a Set forgets one in the middle as cheaply as the first. */
  const queue = new Set<() => void>()

  const enter = (signal?: AbortSignal): Promise<void> | void => {
    signal?.throwIfAborted()
    if (running < size) {
      running += 1
      return
    }
    if (queue.size >= maxWaiting) throw new RateLimitError('gigachat', 'too many calls wait for a free stream')
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
    // the slot is handed on, so nobody who comes just now can overtake
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
