import { setTimeout as delay } from 'node:timers/promises'

/** Waits; ends early, without an error, when the signal is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

export const sleepByClock: Sleep = (ms, signal) =>
  delay(ms, undefined, signal === undefined ? {} : { signal }).catch((err: unknown) => {
    if (signal?.aborted !== true) throw err
  })
