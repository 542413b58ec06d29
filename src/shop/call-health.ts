import type { McpCallOutcome } from './metrics.ts'

/** Window of the alert ShopFailing. */
const windowMs = 300_000
/** More calls than the rate limit allows within the window; older ones are dropped. */
const mostCalls = 2_000
/** Thresholds of the alert: this many failures, and more than this share of the calls. */
const fewestFailures = 5
const tolerableShare = 0.3
/** If at least this many calls were all refused, the schema has changed. */
const fewestRefusals = 10

export interface CallHealth {
  note(outcome: McpCallOutcome): void
  /** Describes the problem of the shop in the last five minutes; undefined if it is healthy. */
  problem(): string | undefined
}

/** Records the outcomes of recent calls, for `/ready`. */
export function createCallHealth(now: () => Date): CallHealth {
  let calls: { at: number; outcome: McpCallOutcome }[] = []
  return {
    note(outcome) {
      // calls that were not sent carry no information about the shop
      if (outcome === 'not_sent') return
      calls.push({ at: now().getTime(), outcome })
      if (calls.length > mostCalls) calls = calls.slice(-mostCalls / 2)
    },
    problem() {
      const time = now().getTime()
      calls = calls.filter(({ at }) => Math.abs(time - at) <= windowMs)
      const refused = calls.filter(({ outcome }) => outcome === 'refused').length
      const failed = calls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'refused').length
      if (failed >= fewestFailures && failed > calls.length * tolerableShare)
        return `${failed} of ${calls.length} calls failed within 5 minutes`
      if (refused >= fewestRefusals && refused === calls.length)
        return `all ${refused} calls within 5 minutes were refused`
      return undefined
    },
  }
}
