import { Writable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { pino } from 'pino'
import { createFormatter } from './formatter.ts'
import { createShipping } from './shipping.ts'
import { isDrainRequest, type WorkerEvents, type WorkerOptions } from './worker-protocol.ts'

/** With the 20 ms in the main thread a line is on disk within 0.1 s: what a killed process can lose. */
const batchMs = 80
const statsEveryMs = 1_000
const stdoutBytes = 16 * 1024 * 1024
const stdoutGraceMs = 200

/** pino transport that runs in its own thread: writes lines to stdout and, formatted by pino-loki, to the spool. */
function lokiWorker(options: WorkerOptions): Writable {
  const shipping = createShipping(options)
  const arrivals = createArrivals()
  const formatter = createFormatter({
    labels: options.labels,
    intervalMs: batchMs,
    take(lines) {
      shipping.accept(lines)
      arrivals.count(lines.length)
    },
    onSkipped: () => arrivals.count(1), // not a valid line: it never arrives, so flush must not wait for it
  })
  const stdout = options.stdout
    ? pino.destination({ dest: 1, sync: false, maxLength: stdoutBytes }) // a hanging reader costs lines there, not memory
    : undefined
  let taken = 0

  const publishStats = () => publish('shipping', shipping.stats())
  setInterval(publishStats, statsEveryMs)
  parentPort?.on('message', async (message: unknown) => {
    if (!isDrainRequest(message)) return
    await shipping.drain(message.ms)
    publishStats()
    publish('drained')
  })

  const destination = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      taken += chunk.split('\n').length - 1
      stdout?.write(chunk)
      formatter.write(chunk, done)
    },
    final(done) {
      formatter.once('close', () => {
        shipping.stop()
        if (stdout === undefined) return done()
        const timer = setTimeout(done, stdoutGraceMs)
        stdout.once('close', () => {
          clearTimeout(timer)
          done()
        })
        stdout.end()
      })
      formatter.end()
    },
  })
  const flush = () => arrivals.upTo(taken).then(publishStats)
  return Object.assign(destination, { flush })
}

/** Counts lines, and resolves promises when a given count is reached. */
function createArrivals() {
  let arrived = 0
  let waiting: Array<{ lines: number; resolve: () => void }> = []
  return {
    count(lines: number) {
      arrived += lines
      for (const { resolve } of waiting.filter(wait => wait.lines <= arrived)) resolve()
      waiting = waiting.filter(wait => wait.lines > arrived)
    },
    upTo: (lines: number) =>
      new Promise<void>(resolve => {
        if (lines <= arrived) resolve()
        else waiting.push({ lines, resolve })
      }),
  }
}

function publish<E extends keyof WorkerEvents>(name: E, ...args: WorkerEvents[E]): void {
  parentPort?.postMessage({ code: 'EVENT', name, args })
}

export { lokiWorker as default }
