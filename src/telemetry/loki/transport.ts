import { pino } from 'pino'
import type { ShippingStats } from '../log-metrics.ts'
import type { DrainRequest, WorkerOptions } from './worker-protocol.ts'

export interface LineSink {
  /** Takes one JSON line with its line feed. */
  write(line: string): void
}

export interface TransportOptions extends WorkerOptions {
  onStats(stats: ShippingStats): void
  /** So many lines may not have reached the disk: the thread died, or cannot keep up. Further ones go to `fallback`, each told here. */
  onLost(lines: number): void
  fallback: LineSink
  /** Lines handed over and not yet on disk; more mean that the disk hangs, and would fill the memory. */
  mostInFlight?: number
  /** Called by close() when the last stats are in and lines can still be written. */
  beforeEnd(): void
}

export interface LokiTransport extends LineSink {
  /** Resolves when every line written so far is on disk. */
  flush(): Promise<void>
  /** Everything to disk, what Loki takes within a moment to Loki; done within about a second whatever Loki does. */
  close(): Promise<void>
}

/** Waking the thread costs more than a line: lines are handed over together, as often as this … */
const handOverMs = 20
/** … or when they are so many characters. */
const handOverAt = 64 * 1024
const flushMs = 500
const drainMs = 350
/** Lines in the thread are few and short-lived; left to itself it would let garbage grow to many times of them. */
const threadLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 12 }

/** The thread that ships lines to Loki, seen from the main one. */
export function createLokiTransport(options: TransportOptions): LokiTransport {
  const { onStats, onLost, fallback, beforeEnd, mostInFlight = 300_000, ...workerOptions } = options
  const thread = pino.transport({
    target: workerUrl().href,
    options: workerOptions,
    worker: { resourceLimits: threadLimits },
  })
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  let dead = false
  let closed: Promise<void> | undefined
  let handedOver = 0
  let accepted = 0
  const died = new Promise<void>(resolve => {
    thread.on('error', () => {
      resolve()
      if (dead) return
      dead = true
      const lost = handedOver - accepted
      letGo(fallback)
      onLost(lost)
    })
  })
  /** Gives away what waits here. */
  function letGo(to: LineSink): void {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = ''
    if (lines !== '') to.write(lines)
  }
  const handOver = () => letGo(dead ? fallback : thread)
  // before pino's own hook, which at the end of the process waits until the thread has written what it was given
  process.prependListener('exit', handOver)

  thread.on('shipping', (stats: ShippingStats) => {
    accepted = stats.accepted
    onStats(stats)
  })

  const flush = async () => {
    if (dead) return
    handOver()
    const flushed = new Promise<void>(resolve => thread.flush(() => resolve()))
    await Promise.race([flushed, died]) // a thread that dies first leaves the other promise open
  }

  async function close() {
    await within(flushMs, flush())
    beforeEnd()
    handOver()
    process.removeListener('exit', handOver)
    if (!dead) {
      const request: DrainRequest = { code: 'DRAIN', ms: drainMs }
      const drained = new Promise<void>(resolve => thread.once('drained', resolve))
      thread.emit('message', request)
      await within(2 * drainMs, drained)
    }
    if (dead) return
    dead = true
    const gone = new Promise<void>(resolve => thread.once('close', resolve))
    thread.end()
    await within(flushMs, gone)
  }

  return {
    write(line) {
      if (dead || handedOver - accepted >= mostInFlight) {
        onLost(1)
        fallback.write(line)
      } else {
        handedOver++
        waiting += line
        if (waiting.length >= handOverAt) handOver()
        else timer ??= setTimeout(handOver, handOverMs)
      }
    },
    flush,
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

/** A thread cannot run TypeScript: run from the sources it is taken from the build. */
function workerUrl(): URL {
  const compiled = import.meta.url.endsWith('.js')
  return new URL(compiled ? './worker.js' : '../../../dist/telemetry/loki/worker.js', import.meta.url)
}

function within(ms: number, work: Promise<void>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
