import { setTimeout as delay } from 'node:timers/promises'

/** Waits that many milliseconds; ends early, without an error, when the signal is aborted. Tests pass one with their own clock. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

export const sleep: Sleep = (ms, signal) =>
  delay(ms, undefined, signal === undefined ? {} : { signal }).catch((err: unknown) => {
    if (signal?.aborted !== true) throw err
  })
