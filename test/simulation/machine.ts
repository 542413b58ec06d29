import type { Sleep } from '../../src/process/sleep.ts'
import type { Kernel } from './kernel.ts'

/** How a service outside of the processes behaves towards requests right now. */
export interface Link {
  name: string
  /** Milliseconds of one way. */
  latencyMs(): number
  /** What happens to the next request. */
  fate(): Fate
  /** A process gives up on an answer after so long. */
  timeoutMs: number
  /** The error it then has. */
  timedOut(): Error
}

/**
 * `lost`: neither the service nor the caller hears anything; `unanswered`: the service does it, and the answer is lost; `late`: the
 * service does it after the caller has given up; an Error: the service refuses it, or cannot be reached.
 */
export type Fate = 'served' | 'lost' | 'unanswered' | 'late' | Error

/** A process of the bot: dies at any moment, stands still for a while; what it has asked for may still be done. */
export interface SimulatedProcess {
  name: string
  isAlive(): boolean
  kill(): void
  /** The process stands still: nothing reaches it for so long. */
  stall(ms: number): void
  sleep: Sleep
  /** Runs the callback in the process, as soon as it runs; never once it is dead. */
  enter(callback: () => void): void
  /** Asks a service for `effect`, which is called there at most once. */
  call<T>(what: string, link: Link, effect: () => T): Promise<T>
}

export function createMachine(kernel: Kernel, name: string): SimulatedProcess {
  const { random, after, trace } = kernel
  let isAlive = true
  let stalledUntil = 0

  const enter = (callback: () => void): void => {
    if (!isAlive) return
    const leftMs = stalledUntil - kernel.now()
    if (leftMs > 0) after(leftMs, () => enter(callback))
    else callback()
  }
  return {
    name,
    isAlive: () => isAlive,
    kill: () => {
      isAlive = false
    },
    stall: ms => {
      stalledUntil = Math.max(stalledUntil, kernel.now() + ms)
    },
    sleep: (ms, signal) =>
      new Promise(resolve => {
        const end = () => {
          signal?.removeEventListener('abort', end)
          resolve()
        }
        if (signal?.aborted) return resolve()
        signal?.addEventListener('abort', end)
        after(ms, () => enter(end))
      }),
    enter,
    call: <T>(what: string, link: Link, effect: () => T) =>
      new Promise<T>((resolve, reject) => {
        const fate = link.fate()
        let isOver = false
        /** The first answer counts; a timeout is one. */
        const answer = (how: string, settle: () => void) =>
          enter(() => {
            if (isOver) return
            isOver = true
            trace(`${name} ${link.name} ${what} ${how}`)
            settle()
          })
        const serve = (isHeard: boolean) => {
          // what a process had not sent when it died
          if (!isAlive && random.chance(0.5)) return
          let result: T
          try {
            result = effect()
          } catch (err) {
            trace(`${name} ${link.name} ${what} refused`)
            if (isHeard) after(link.latencyMs(), () => answer('failed', () => reject(err)))
            return
          }
          trace(`${name} ${link.name} ${what} done`)
          if (isHeard) after(link.latencyMs(), () => answer('answered', () => resolve(result)))
        }
        if (fate === 'served' || fate === 'unanswered') after(link.latencyMs(), () => serve(fate === 'served'))
        else if (fate === 'late') after(link.timeoutMs + random.next() * 8_000, () => serve(false))
        else if (fate !== 'lost') after(link.latencyMs(), () => answer('failed', () => reject(fate)))
        if (fate !== 'served' && !(fate instanceof Error)) {
          after(link.timeoutMs, () => answer('timed out', () => reject(link.timedOut())))
        }
      }),
  }
}
