import { setTimeout as delay } from 'node:timers/promises'
import { McpError } from '../errors.ts'

/** Waits that many milliseconds; a test gives one that moves its own clock. */
export type Sleep = (ms: number) => Promise<void>

/** Waits by the clock; throws McpError `closed` as soon as `closed` aborts. */
export const createSleep =
  (closed: AbortSignal): Sleep =>
  async ms => {
    try {
      await delay(ms, undefined, { signal: closed })
    } catch (err) {
      throw new McpError('closed', 'the shop client was closed', false, err)
    }
  }
