import { gzipSync } from 'node:zlib'
import type { LossReason } from '../shipping-stats.ts'
import { countLines, divide, joinBatches, type LogBatch, renderBatch, splitByAge } from './log-batch.ts'
import type { LogSpool, SpoolEntry } from './log-spool.ts'
import type { Push } from './push.ts'
import type { PushResult } from './push-verdict.ts'

export interface SenderOptions {
  spool: LogSpool
  push: Push
  /** Up to so many bytes, unzipped, waiting batches are joined into one push. */
  batchBytes: number
  deadLetter(batch: LogBatch, reason: string): void
  onPushed(result: PushResult): void
  onSent(lines: number): void
  onLost(reason: LossReason, lines: number): void
  backoff: { firstMs: number; maxMs: number }
  random?: () => number
  sleep?: (ms: number, wake: AbortSignal) => Promise<void>
}

export interface Sender {
  /** Resumes sending, after a batch was added to the spool. */
  wake(): void
  /** Retries immediately, and resolves when the spool is empty or after `ms`. */
  drain(ms: number): Promise<void>
  /** Aborts the push in flight; undelivered batches stay in the spool. */
  stop(): void
}

/** A spooled batch, several joined, or a part of one. */
interface Part {
  body: Buffer
  batch: LogBatch
  tries: number
}

interface Opened extends Part {
  /** Of the body, unzipped. */
  rawBytes: number
}

const triesBeforeDividing = 3
/** Retries of reading, since a full table of open files is transient and a damaged file is not. */
const triesOfReading = 3

/**
 * Delivers the spool, oldest first, one push at a time. Batches are spooled every half second and hold few lines, so what waits
 * is joined into full pushes; after a failed push the oldest batch goes alone until Loki takes one. Everything that Loki has not rejected is retried without limit. A
 * rejected batch is divided until only the rejected lines are dead-lettered; an unreadable spool file is quarantined.
 */
export function createSender(options: SenderOptions): Sender {
  const { spool, push, batchBytes, backoff, random = Math.random, sleep = sleepUnlessWoken } = options
  const stop = new AbortController()
  let hurry = new AbortController()
  let running = false
  let failures = 0
  const waitingForEmpty = new Set<() => void>()

  async function run() {
    for (let entry = spool.oldest(); entry !== undefined && !stop.signal.aborted; entry = spool.oldest()) {
      spool.hold([entry])
      const opened = await open(entry)
      if (opened !== undefined) {
        const { part, entries } = failures === 0 ? joinFollowing(entry, opened) : { part: opened, entries: [entry] }
        spool.hold(entries)
        if (await deliver(part, entries.length > 1)) for (const delivered of entries) spool.remove(delivered)
      }
      spool.hold([])
    }
    running = false
    if (spool.oldest() === undefined) for (const resolve of waitingForEmpty) resolve()
  }

  /** Adds the batches that wait behind `entry` to it, up to `batchBytes` and up to the first that cannot be read. */
  function joinFollowing(entry: SpoolEntry, opened: Opened): { part: Part; entries: SpoolEntry[] } {
    const entries = [entry]
    const batches = [opened.batch]
    let bytes = opened.rawBytes
    for (let next = entry; bytes < batchBytes; ) {
      const following = spool.after(next)
      const read = following === undefined ? undefined : tryToRead(following)
      if (following === undefined || read === undefined || bytes + read.rawBytes > batchBytes) break
      entries.push(following)
      batches.push(read.batch)
      bytes += read.rawBytes
      next = following
    }
    return { part: entries.length === 1 ? opened : pack(joinBatches(batches)), entries }
  }

  function tryToRead(entry: SpoolEntry) {
    try {
      return spool.read(entry)
    } catch {
      return undefined // it is retried, and quarantined if need be, when it is the oldest
    }
  }

  /**
   * True if every line was delivered or dead-lettered. Joined batches are given back after a failure that changed nothing,
   * since held ones are spared by the spool's bound.
   */
  async function deliver(whole: Part, joined: boolean): Promise<boolean> {
    let parts: Part[] = [whole]
    for (let part = parts[0]; part !== undefined && !stop.signal.aborted; part = parts[0]) {
      const result = await push(part.body, stop.signal)
      options.onPushed(result)
      parts = [...settle(part, result), ...parts.slice(1)]
      if (parts[0] !== part) continue
      await sleep(delayMs(result), hurry.signal)
      if (joined && part === whole) return false
    }
    return parts.length === 0
  }

  /** Parts to push next: none after delivery, smaller ones, or the same part again. */
  function settle(part: Part, result: PushResult): Part[] {
    if (result.outcome === 'ok') {
      failures = 0
      options.onSent(countLines(part.batch))
      return []
    }
    part.tries++
    const rejected = result.outcome === 'rejected' || result.streamLimit
    const tooMuch = result.tooLarge || (result.maybeTooMuch && part.tries >= triesBeforeDividing)
    if (!rejected && !tooMuch) return [part]

    const { batch } = part
    if (batch.length === 1 && result.streamLimit) return reject(batch, 'stream_limit', result.reason)
    if (batch.length === 1 && result.acceptableSinceMs !== undefined) {
      const { old, fresh } = splitByAge(batch, result.acceptableSinceMs)
      if (old.length > 0) return [...reject(old, 'rejected', result.reason), ...fresh.map(stream => pack([stream]))]
    }
    const smaller = divide(batch)
    if (smaller.length > 1) return smaller.map(pack)
    return rejected ? reject(batch, 'rejected', result.reason) : [part]
  }

  function reject(batch: LogBatch, loss: LossReason, reason: string): Part[] {
    options.deadLetter(batch, reason)
    options.onLost(loss, countLines(batch))
    return []
  }

  function delayMs({ retryAfterMs }: PushResult): number {
    const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures++, 20))
    return Math.max(retryAfterMs ?? 0, ceiling * (0.5 + random() / 2))
  }

  /** Reads the entry as one part. Undefined if it could not be read and was quarantined, or after stop(). */
  async function open(entry: SpoolEntry): Promise<Opened | undefined> {
    for (let tries = 1; !stop.signal.aborted; tries++) {
      try {
        return { ...spool.read(entry), tries: 0 }
      } catch {
        if (tries < triesOfReading) {
          await sleep(backoff.firstMs, hurry.signal)
        } else {
          spool.quarantine(entry)
          options.onLost('damaged', entry.lines)
          return undefined
        }
      }
    }
    return undefined
  }

  function wake() {
    if (running || stop.signal.aborted) return
    running = true
    void run()
  }

  return {
    wake,
    async drain(ms) {
      if (spool.oldest() === undefined) return
      hurry.abort()
      hurry = new AbortController()
      wake()
      await new Promise<void>(resolve => {
        const done = () => {
          clearTimeout(timer)
          waitingForEmpty.delete(done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        waitingForEmpty.add(done)
      })
    },
    stop() {
      stop.abort()
      hurry.abort()
    },
  }
}

const pack = (batch: LogBatch): Part => ({ body: gzipSync(renderBatch(batch), { level: 1 }), batch, tries: 0 })

const sleepUnlessWoken = (ms: number, wake: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (wake.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      wake.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    wake.addEventListener('abort', done)
  })
