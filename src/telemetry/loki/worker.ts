import { join } from 'node:path'
import { Writable } from 'node:stream'
import { parentPort } from 'node:worker_threads'
import sonicBoom from 'sonic-boom'
import { formatLines } from './formatter.ts'
import { openLineJournal, type SealedLines } from './line-journal.ts'
import { createShipping } from './shipping.ts'
import { isDrainRequest, type WorkerEvents, type WorkerOptions } from './worker-protocol.ts'

const statsEveryMs = 1_000
/** Lines of so many characters are batched before their time. */
const batchAt = 1024 * 1024
const stdoutBytes = 16 * 1024 * 1024
const stdoutGraceMs = 200

/**
 * pino transport that runs in its own thread: writes lines to stdout and to a journal, from which they are formatted, spooled
 * and shipped every `flushMs`.
 */
function lokiWorker(options: WorkerOptions): Writable {
  const shipping = createShipping(options)
  const { journal, left } = openLineJournal(join(options.directory, 'journal'))
  const stdout = options.stdout ? openStdout() : undefined
  let waiting = 0
  let timer: NodeJS.Timeout | undefined
  let batched: Promise<void> = Promise.resolve()

  /** One after the other, so that lines are shipped in their order. If it rejects, the thread dies and the logger counts what is lost. */
  const batch = (sealed: SealedLines, areWhole: boolean) => {
    batched = batched.then(() => spool(sealed, areWhole))
  }
  function spool(sealed: SealedLines, areWhole: boolean): void {
    const text = readLines(sealed)
    if (text === undefined) {
      shipping.giveUp(1)
      return
    }
    const { lines, skipped } = formatLines(text, options.labels, areWhole)
    shipping.accept(lines, sealed.sequence)
    shipping.giveUp(skipped) // no valid line: a kill cut it off, or it never was one
    sealed.remove()
  }
  const batchNow = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    waiting = 0
    const sealed = journal.seal()
    if (sealed !== undefined) batch(sealed, true)
    return batched
  }

  for (const sealed of left) batch(sealed, false)

  const publishStats = () => publish('shipping', shipping.stats())
  setInterval(publishStats, statsEveryMs)
  parentPort?.on('message', async (message: unknown) => {
    if (!isDrainRequest(message)) return
    await batchNow()
    await shipping.drain(message.ms)
    publishStats()
    publish('drained')
  })

  const destination = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      journal.append(chunk)
      stdout?.write(chunk)
      waiting += chunk.length
      timer ??= setTimeout(batchNow, options.flushMs)
      if (waiting < batchAt) done()
      else void batchNow().then(() => done())
    },
    final(done) {
      void batchNow().then(() => {
        shipping.stop()
        if (stdout === undefined) return done()
        const timer = setTimeout(done, stdoutGraceMs)
        stdout.once('close', () => {
          clearTimeout(timer)
          done()
        })
        stdout.end()
      })
    },
  })
  const flush = () => batchNow().then(publishStats)
  return Object.assign(destination, { flush })
}

/** Writes to stdout until its reader ends; one that hangs costs lines there, not memory. */
function openStdout(): Pick<sonicBoom.SonicBoom, 'write' | 'end' | 'once'> {
  const stdout = new sonicBoom.SonicBoom({ fd: 1, sync: false, maxLength: stdoutBytes })
  // as pino's destination does: it would load all of pino into this thread
  stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err
    Object.assign(stdout, { write: () => true, end: () => stdout.emit('close') })
  })
  return stdout
}

/** Undefined if an earlier process left a file that cannot be read; it stays where it is. */
function readLines(sealed: SealedLines): string | undefined {
  try {
    return sealed.read()
  } catch {
    return undefined
  }
}

function publish<E extends keyof WorkerEvents>(name: E, ...args: WorkerEvents[E]): void {
  parentPort?.postMessage({ code: 'EVENT', name, args })
}

export { lokiWorker as default }
