/** Where a call stands among those that wait for a stream. */
export interface QueuePlace {
  /** Calls whose turn comes before. */
  ahead: number
  /** Estimated wait, in milliseconds. */
  waitMs: number
}

/** A message, as the queue for a stream sees it: the same object for each of its calls. */
export interface StreamTurn {
  /** When the message came, epoch ms. Calls of the message that came first go first, so that what was begun is finished. */
  since: number
  /** A call of it has to wait; `place` returns, at any time until its turn comes, how long it still will. */
  onWaiting?(place: () => QueuePlace): void
  /** A call that waited has its turn, or gave up. */
  onTurn?(): void
  /** A call of it has a stream, whether it waited or not. */
  onStream?(): void
}

/** A call in the queue. */
export interface Waiter {
  turn: StreamTurn
  /** Called once, when the call has a stream. */
  proceed(): void
  /** Called once when it is certain that the call has to wait, if it has to. */
  wait(): void
}

/** All streams, in use and free, and what waits for them. */
export interface StreamLoad {
  /** Calls in this process that have a stream. */
  held: number
  /** Calls in this process that wait for one. */
  waiting: number
  /** Calls that one made now would wait for, of all processes that share the streams; null when it would not have to wait. */
  aheadOfNew: number | null
}

/** Decides who gets the next free stream. */
export interface StreamQueue {
  /** Lets the call in; it proceeds now or later. */
  enter(waiter: Waiter): void
  /** Removes a call that gives up waiting. */
  quit(waiter: Waiter): void
  /** A call that had a stream returns it. */
  leave(waiter: Waiter): void
  /** Calls that go before this one. */
  ahead(waiter: Waiter): number
  load(): StreamLoad
  /** Gives back what this process has of streams that are shared. Never rejects. */
  close(): Promise<void>
}

/** Calls in the order of their messages; those of one message in the order they came. */
export function createLine() {
  const waiters: Waiter[] = []
  return {
    size: () => waiters.length,
    all: (): readonly Waiter[] => waiters,
    add: (waiter: Waiter) => {
      const at = waiters.findLastIndex(({ turn }) => turn.since <= waiter.turn.since)
      waiters.splice(at + 1, 0, waiter)
    },
    /** False when it is not among them. */
    remove: (waiter: Waiter): boolean => {
      const at = waiters.indexOf(waiter)
      if (at !== -1) waiters.splice(at, 1)
      return at !== -1
    },
    ahead: (waiter: Waiter) => Math.max(0, waiters.indexOf(waiter)),
    /** Removes and returns the first; undefined when none waits. */
    shift: () => waiters.shift(),
  }
}

/** The queue of a process that has `size` streams for itself. `onChange` is called whenever its load may have changed. */
export function createOwnQueue(size: number, onChange: (held: number, waiting: number) => void): StreamQueue {
  const line = createLine()
  let held = 0
  const report = () => onChange(held, line.size())
  return {
    enter: waiter => {
      if (held < size) {
        held += 1
        waiter.proceed()
      } else {
        line.add(waiter)
        waiter.wait()
      }
      report()
    },
    quit: waiter => {
      line.remove(waiter)
      report()
    },
    leave: () => {
      const next = line.shift()
      // the stream is handed on, so that a call made just now cannot overtake
      if (next === undefined) held -= 1
      else next.proceed()
      report()
    },
    ahead: line.ahead,
    load: () => ({ held, waiting: line.size(), aheadOfNew: held < size ? null : line.size() }),
    close: async () => undefined,
  }
}
