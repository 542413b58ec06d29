import { setTimeout as delay } from 'node:timers/promises'
import { McpError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'

/** Creates a sleep that throws McpError `closed` as soon as `closed` aborts. */
export const createClosingSleep =
  (closed: AbortSignal): Sleep =>
  async (ms, signal) => {
    // not AbortSignal.any(): on Node 20 each sleep would leave something behind on `closed`
    const ending = new AbortController()
    const end = () => ending.abort()
    const signals = [closed, ...(signal === undefined ? [] : [signal])]
    for (const one of signals) one.addEventListener('abort', end)
    if (signals.some(one => one.aborted)) end()
    try {
      await delay(ms, undefined, { signal: ending.signal })
    } catch (err) {
      if (closed.aborted) throw new McpError('closed', 'the shop client was closed', false, err)
      if (signal?.aborted !== true) throw err
    } finally {
      for (const one of signals) one.removeEventListener('abort', end)
    }
  }
