import type { ShippingStats } from '../log-metrics.ts'
import type { ShippingOptions } from './shipping.ts'

/** What the logger tells its shipping thread at the start; crosses the thread border, so plain values only. */
export interface WorkerOptions extends ShippingOptions {
  labels: { service_name: string; env: string }
  /** Whether the thread writes the lines to stdout as well. */
  stdout: boolean
}

/** To the thread: give Loki this long to take what waits, then answer `drained`. */
export interface DrainRequest {
  code: 'DRAIN'
  ms: number
}

/** From the thread, as events of pino's transport stream. */
export interface WorkerEvents {
  /** About once a second, and before `drained`. */
  shipping: [stats: ShippingStats]
  drained: []
}

export const isDrainRequest = (message: unknown): message is DrainRequest =>
  typeof message === 'object' && message !== null && 'code' in message && message.code === 'DRAIN'
