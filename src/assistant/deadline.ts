/** The time that an answer may take. What a call of it waits for a stream does not count. */
export interface Deadline {
  /** Milliseconds left; less than 0 after it. */
  leftMs(): number
  /** Stops the clock; with several pauses until `resume` was called as often. */
  pause(): void
  resume(): void
  end(): void
}

interface DeadlineOptions {
  onOver: () => void
  /** A clock that is never set, in milliseconds; default: `performance.now()`. */
  elapsedMs?: (() => number) | undefined
}

/** Calls `onOver` once `ms` have passed outside of pauses, unless it was ended before. */
export function createDeadline(ms: number, { onOver, elapsedMs = () => performance.now() }: DeadlineOptions): Deadline {
  let leftMs = ms
  let pauses = 0
  let startedAt = 0
  let timer: NodeJS.Timeout | undefined
  const left = () => (pauses > 0 ? leftMs : leftMs - (elapsedMs() - startedAt))
  const start = () => {
    startedAt = elapsedMs()
    timer = setTimeout(onOver, Math.max(0, leftMs))
  }
  start()
  return {
    leftMs: left,
    pause: () => {
      leftMs = left()
      pauses += 1
      clearTimeout(timer)
    },
    resume: () => {
      pauses -= 1
      if (pauses === 0) start()
    },
    end: () => {
      pauses += 1 // a late resume starts nothing
      clearTimeout(timer)
    },
  }
}
