import { pino } from 'pino'
import { threadModule } from '../../process/places.ts'
import type { ShippingStats } from '../shipping-stats.ts'
import type { DrainRequest, WorkerOptions } from './worker-protocol.ts'

export interface LineSink {
  /** Writes one JSON line with its line feed. */
  write(line: string): void
}

export interface TransportOptions extends WorkerOptions {
  onStats(stats: ShippingStats): void
  /** Called with the number of lines that may not be on disk, since the thread died or is too slow. Later lines go to `fallback` and are counted here too. */
  onLost(lines: number): void
  fallback: LineSink
  /** Bound on the lines handed over and not yet on disk, since a hanging disk would fill the memory. */
  mostInFlight?: number
  /** Called by close() after the last stats, while lines can still be written. */
  beforeEnd(): void
}

export interface LokiTransport extends LineSink {
  /** Resolves when every line written so far is on disk. */
  flush(): Promise<void>
  /** Flushes to disk, and to Loki what it takes within 350 ms; resolves within about a second in any case. */
  close(): Promise<void>
}

/**
 * Interval at which lines are handed over together, since waking the thread costs more than a line; a killed process loses those of a
 * tenth of a second at most …
 */
const handOverMs = 80
/** … and number of characters at which they are handed over immediately. */
const handOverAt = 64 * 1024
const flushMs = 500
const drainMs = 350
/** Bounds the garbage of the thread, whose lines are few and short-lived. */
const threadLimits = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 12 }

/** Starts the thread that ships lines to Loki, and hands lines over to it. */
export function createLokiTransport(options: TransportOptions): LokiTransport {
  const { onStats, onLost, fallback, beforeEnd, mostInFlight = 300_000, ...workerOptions } = options
  const thread = pino.transport({
    target: threadModule('telemetry/loki/worker.js').href,
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
      writeWaiting(fallback)
      onLost(lost)
    })
  })
  /** Writes the collected lines to a sink. */
  function writeWaiting(to: LineSink): void {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = ''
    if (lines !== '') to.write(lines)
  }
  const handOver = () => writeWaiting(dead ? fallback : thread)
  // before pino's own exit hook, which waits until the thread has written the lines it has
  process.prependListener('exit', handOver)

  thread.on('shipping', (stats: ShippingStats) => {
    accepted = stats.accepted
    onStats(stats)
  })

  const flush = async () => {
    if (dead) return
    handOver()
    const flushed = new Promise<void>(resolve => thread.flush(() => resolve()))
    await Promise.race([flushed, died]) // if the thread dies first, `flushed` never settles
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
    const ended = new Promise<void>(resolve => thread.once('close', resolve))
    thread.end()
    await within(flushMs, ended)
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

function within(ms: number, work: Promise<void>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
