/**
 * Reasons why a line was lost: the spool was full, Loki rejected it (stored in rejected.ndjson), a disk error, its spool file
 * was deleted, unreadable or without lines (moved to quarantine/), the shipping thread died, or the logger threw.
 */
export const lossReasons = [
  'spool_full',
  'rejected',
  'stream_limit',
  'disk',
  'damaged',
  'worker',
  'unwritable',
] as const
export type LossReason = (typeof lossReasons)[number]

/**
 * Outcomes of a push: stored (204), an entry rejected with a message of Loki (400), rate limited (429), an answer that is not
 * from Loki (another 2xx, a redirect, a 400 with another message), any other status, timeout, no connection.
 */
export const pushOutcomes = ['ok', 'rejected', 'limited', 'unexpected', 'failed', 'timeout', 'unreachable'] as const
export type PushOutcome = (typeof pushOutcomes)[number]

/** Count of one kind of answer that was not a delivery. */
export interface PushRefusal {
  outcome: PushOutcome
  /** HTTP status; null without an answer. */
  status: number | null
  mediaType: string
  count: number
}

/** Counts of the shipping thread since its start, and the size of its spool. */
export interface ShippingStats {
  /** Lines spooled to disk, or counted as lost. */
  accepted: number
  sent: number
  lost: Record<LossReason, number>
  pushes: Record<PushOutcome, number>
  /** Pushes that were not delivered, by answer. */
  refusals: PushRefusal[]
  waiting: { bytes: number; lines: number; oldestMs: number | null }
}

export const noShipping = (): ShippingStats => ({
  accepted: 0,
  sent: 0,
  lost: { spool_full: 0, rejected: 0, stream_limit: 0, disk: 0, damaged: 0, worker: 0, unwritable: 0 },
  pushes: { ok: 0, rejected: 0, limited: 0, unexpected: 0, failed: 0, timeout: 0, unreachable: 0 },
  refusals: [],
  waiting: { bytes: 0, lines: 0, oldestMs: null },
})
