import { join } from 'node:path'
import { type LossReason, noShipping, type PushRefusal, type ShippingStats } from '../shipping-stats.ts'
import { createClockwork, type LogLine, toBatches } from './log-batch.ts'
import { createLogSpool } from './log-spool.ts'
import { createPush } from './push.ts'
import type { PushResult } from './push-verdict.ts'
import { createRejectedFile } from './rejected-file.ts'
import { createSender } from './sender.ts'

export interface ShippingOptions {
  url: string
  /** Contains `spool/`, `quarantine/` and `rejected.ndjson`. */
  directory: string
  spoolBytes: number
  pushTimeoutMs: number
  backoff: { firstMs: number; maxMs: number }
  /** Maximum size of a push before compression. */
  batchBytes?: number
}

export interface Shipping {
  /**
   * Spools lines; they are on disk when this returns. Lines accepted again, as a kill in between leaves them, are dropped by
   * Loki as duplicates if `sequence` is the same again. Default: one that no other call has.
   */
  accept(lines: readonly LogLine[], sequence?: number): void
  /** Counts lines that cannot be shipped. */
  giveUp(lines: number): void
  /** Resolves when the spool is delivered, after `ms` at the latest. */
  drain(ms: number): Promise<void>
  stop(): void
  stats(): ShippingStats
}

/** Where batches wait for Loki below DATA_DIR. */
export const logSpoolDirectory = (dataDir: string): string => join(dataDir, 'logs', 'spool')

/** Ships log lines to Loki through a spool on disk, oldest first, until they are delivered. */
export function createShipping(options: ShippingOptions): Shipping {
  const { url, directory, spoolBytes, pushTimeoutMs, backoff, batchBytes = 2_000_000 } = options
  const stats = noShipping()
  const onLost = (reason: LossReason, lines: number) => {
    stats.lost[reason] += lines
  }
  const spool = createLogSpool({
    directory: join(directory, 'spool'),
    quarantineDirectory: join(directory, 'quarantine'),
    maxBytes: spoolBytes,
    onLost,
  })
  const rejected = createRejectedFile(
    join(directory, 'rejected.ndjson'),
    Math.min(16 * 1024 * 1024, Math.ceil(spoolBytes / 16)),
  )
  const sender = createSender({
    spool,
    push: createPush(url, pushTimeoutMs),
    batchBytes,
    deadLetter: rejected.add,
    onPushed(result) {
      stats.pushes[result.outcome]++
      if (result.outcome !== 'ok' && result.outcome !== 'rejected') countRefusal(stats.refusals, result)
    },
    onSent: lines => {
      stats.sent += lines
    },
    onLost,
    backoff,
  })
  let accepted = 0
  sender.wake() // delivers the backlog of an earlier process

  return {
    accept(lines, sequence = accepted++) {
      for (const batch of toBatches(lines, batchBytes, createClockwork(sequence))) spool.add(batch)
      sender.wake()
      stats.accepted += lines.length
    },
    giveUp: lines => onLost('damaged', lines),
    drain: ms => sender.drain(ms),
    stop: () => sender.stop(),
    stats: () => structuredClone({ ...stats, waiting: spool.waiting() }),
  }
}

function countRefusal(refusals: PushRefusal[], { outcome, status, mediaType }: PushResult): void {
  const known = refusals.find(
    seen => seen.outcome === outcome && seen.status === status && seen.mediaType === mediaType,
  )
  if (known === undefined) refusals.push({ outcome, status, mediaType, count: 1 })
  else known.count++
}
