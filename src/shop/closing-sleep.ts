import { setTimeout as delay } from 'node:timers/promises'
import { McpError } from '../errors.ts'
import type { Sleep } from '../process/sleep.ts'

/** Creates a sleep that throws McpError `closed` as soon as `closed` aborts. */
export const createClosingSleep =
  (closed: AbortSignal): Sleep =>
  async ms => {
    try {
      await delay(ms, undefined, { signal: closed })
    } catch (err) {
      throw new McpError('closed', 'the shop client was closed', false, err)
    }
  }
