import { createRandom, type Random } from '../../src/analytics/demo/random.ts'

/** Virtual time and the one queue of everything that will happen. All chance comes from the seed. */
export interface Kernel {
  /** Virtual milliseconds since the beginning. */
  now(): number
  random: Random
  /** Runs the callback after `ms`; what falls on one moment is run in an order of chance. */
  after(ms: number, callback: () => void): void
  /** Adds a step to the trace. */
  trace(step: string): void
  /** Runs events until `isOver`, checked after each, or `untilMs`, or nothing is left. Rejects with what `fail` was given. */
  run(isOver: () => boolean, untilMs: number): Promise<void>
  /** Ends the run. */
  fail(err: Error): void
  /** Hash of the trace so far: equal for runs that took the same steps. */
  hash(): string
  steps(): number
}

interface Scheduled {
  at: number
  tie: number
  callback: () => void
}

const isEarlier = (a: Scheduled, b: Scheduled) => a.at < b.at || (a.at === b.at && a.tie < b.tie)

/** A binary heap, earliest first. */
function createHeap() {
  const items: Scheduled[] = []
  const swap = (i: number, j: number) => {
    const [a, b] = [items[i], items[j]]
    if (a !== undefined && b !== undefined) [items[i], items[j]] = [b, a]
  }
  const earlier = (i: number, j: number): boolean => {
    const [a, b] = [items[i], items[j]]
    return a !== undefined && b !== undefined && isEarlier(a, b)
  }
  return {
    /** When the first is due. */
    firstAt: (): number => items[0]?.at ?? Number.POSITIVE_INFINITY,
    push: (item: Scheduled) => {
      let i = items.push(item) - 1
      for (let above = (i - 1) >> 1; i > 0 && earlier(i, above); above = (i - 1) >> 1) {
        swap(i, above)
        i = above
      }
    },
    pop: (): Scheduled | undefined => {
      swap(0, items.length - 1)
      const first = items.pop()
      for (let i = 0, least = 0; ; i = least) {
        if (earlier(2 * i + 1, least)) least = 2 * i + 1
        if (earlier(2 * i + 2, least)) least = 2 * i + 2
        if (least === i) return first
        swap(i, least)
      }
    },
  }
}

/** Resolves once every promise that can be settled without an event is: ticks come after all of them. */
const settled = () => new Promise<void>(resolve => process.nextTick(resolve))

/** `onStep` sees each step of the trace as it is taken. */
export function createKernel(seed: number, onStep: ((at: number, step: string) => void) | null): Kernel {
  const random = createRandom(seed)
  const heap = createHeap()
  let time = 0
  let steps = 0
  let failure: Error | undefined
  // two FNV-1a of 32 bits
  let [low, high] = [0x811c9dc5, 0x1000193]

  return {
    now: () => time,
    random,
    after: (ms, callback) => heap.push({ at: time + Math.max(0, ms), tie: random.next(), callback }),
    trace: step => {
      steps += 1
      const line = `${time.toFixed(3)} ${step}`
      for (let i = 0; i < line.length; i++) {
        low = Math.imul(low ^ line.charCodeAt(i), 0x01000193)
        high = Math.imul(high ^ (low >>> 16), 0x01000193)
      }
      onStep?.(time, step)
    },
    run: async (isOver, untilMs) => {
      await settled()
      while (failure === undefined && !isOver() && heap.firstAt() <= untilMs) {
        const next = heap.pop()
        if (next === undefined) break
        time = next.at
        next.callback()
        await settled()
      }
      if (failure !== undefined) throw failure
    },
    fail: err => {
      failure ??= err
    },
    hash: () => [low, high].map(word => (word >>> 0).toString(16).padStart(8, '0')).join(''),
    steps: () => steps,
  }
}
