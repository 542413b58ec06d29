import { setTimeout as delay } from 'node:timers/promises'

/** Waits that many milliseconds; ends early, without an error, when the signal is aborted. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, signal === undefined ? {} : { signal }).catch((err: unknown) => {
    if (signal?.aborted !== true) throw err
  })
