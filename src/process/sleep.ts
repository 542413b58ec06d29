/** Waits that many milliseconds; ends early, without an error, when the signal is aborted. Tests pass one with their own clock. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

/** Why a sleep ends early. An abort without a reason creates an error with its stack, several times a message. */
export const wokenUp = 'woken up'

/** Not that of node:timers/promises: an aborted one creates two errors with their stacks, several times a message. */
export const sleep: Sleep = (ms, signal) =>
  new Promise(resolve => {
    if (signal?.aborted === true) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
