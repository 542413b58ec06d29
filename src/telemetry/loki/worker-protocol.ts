import type { ShippingStats } from '../shipping-stats.ts'
import type { ShippingOptions } from './shipping.ts'

/** Options of the shipping thread. Cloned into the thread, so plain values only. */
export interface WorkerOptions extends ShippingOptions {
  labels: { service_name: string; env: string }
  /** Lines are batched, compressed and shipped so often. */
  flushMs: number
  /** True if the thread writes the lines to stdout as well. */
  stdout: boolean
}

/** Message to the thread: drain for at most `ms`, then answer `drained`. */
export interface DrainRequest {
  code: 'DRAIN'
  ms: number
}

/** Events from the thread, emitted by pino's transport stream. */
export interface WorkerEvents {
  /** About once a second, and before `drained`. */
  shipping: [stats: ShippingStats]
  drained: []
}

export const isDrainRequest = (message: unknown): message is DrainRequest =>
  typeof message === 'object' && message !== null && 'code' in message && message.code === 'DRAIN'
