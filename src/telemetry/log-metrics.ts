import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from './registry.ts'
import { lossReasons, pushOutcomes, type ShippingStats } from './shipping-stats.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

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
