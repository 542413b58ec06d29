import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from './registry.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

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

/** Metrics of log lines and of their delivery to Loki. `read` is called at each scrape, so that a log line costs no metric call. */
export function createLogMetrics(
  register: MetricRegistry,
  read: () => { written: Record<LogLevel, number>; shipping: ShippingStats },
  isShipping: boolean,
  now: () => Date,
): void {
  const registers = [register]
  new Counter({
    name: 'bot_log_lines_total',
    help: 'Log lines written, by level.',
    labelNames: ['level'],
    registers,
    collect() {
      this.reset()
      for (const level of logLevels) this.inc({ level }, read().written[level])
    },
  })
  new Counter({
    name: 'bot_log_lines_sent_total',
    help: 'Log lines stored by Loki.',
    registers,
    collect() {
      this.reset()
      this.inc(read().shipping.sent)
    },
  })
  new Counter({
    name: 'bot_log_lines_lost_total',
    help: 'Log lines lost before they reached Loki, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const reason of lossReasons) this.inc({ reason }, read().shipping.lost[reason])
    },
  })
  new Counter({
    name: 'bot_log_push_total',
    help: 'Pushes to Loki, by outcome.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset()
      for (const outcome of pushOutcomes) this.inc({ outcome }, read().shipping.pushes[outcome])
    },
  })
  new Gauge({
    name: 'bot_log_shipping',
    help: '1 if lines are shipped to Loki, 0 if LOKI_URL is not set.',
    registers,
  }).set(isShipping ? 1 : 0)
  new Gauge({
    name: 'bot_log_spool_bytes',
    help: 'Bytes of log lines that wait on disk for Loki.',
    registers,
    collect() {
      this.set(read().shipping.waiting.bytes)
    },
  })
  new Gauge({
    name: 'bot_log_spool_lines',
    help: 'Log lines that wait on disk for Loki.',
    registers,
    collect() {
      this.set(read().shipping.waiting.lines)
    },
  })
  new Gauge({
    name: 'bot_log_spool_oldest_seconds',
    help: 'Age of the oldest log line that waits for Loki; 0 when none waits.',
    registers,
    collect() {
      const { oldestMs } = read().shipping.waiting
      this.set(oldestMs === null ? 0 : Math.max(0, (now().getTime() - oldestMs) / 1000))
    },
  })
}
