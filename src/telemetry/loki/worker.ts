import { Writable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import { pino } from 'pino'
import { createFormatter } from './formatter.ts'
import { createShipping } from './shipping.ts'
import { isDrainRequest, type WorkerEvents, type WorkerOptions } from './worker-protocol.ts'

/** With the 20 ms in the main thread a line is on its way to the disk for a tenth of a second: what a killed process can lose. */
const batchMs = 80
const statsEveryMs = 1_000
const stdoutBytes = 16 * 1024 * 1024
const stdoutGraceMs = 200

/** What pino runs in its thread: lines go to stdout and, formatted by pino-loki, to disk and on to Loki. */
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
    onSkipped: () => arrivals.count(1), // no line of ours: it will never arrive, so nobody should wait for it
  })
  const stdout = options.stdout
    ? pino.destination({ dest: 1, sync: false, maxLength: stdoutBytes }) // a reader that hangs costs lines there, not memory
    : undefined
  let taken = 0

  const tellStats = () => tell('shipping', shipping.stats())
  setInterval(tellStats, statsEveryMs)
  parentPort?.on('message', async (message: unknown) => {
    if (!isDrainRequest(message)) return
    await shipping.drain(message.ms)
    tellStats()
    tell('drained')
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
  const flush = () => arrivals.upTo(taken).then(tellStats)
  return Object.assign(destination, { flush })
}

/** Lines counted in order, and promises for when so many have arrived. */
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

function tell<E extends keyof WorkerEvents>(name: E, ...args: WorkerEvents[E]): void {
  parentPort?.postMessage({ code: 'EVENT', name, args })
}

export { lokiWorker as default }
