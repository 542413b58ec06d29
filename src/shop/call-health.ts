import type { McpCallOutcome } from './metrics.ts'

/** As long as the alert ShopFailing looks back. */
const windowMs = 300_000
/** Enough for any pace we keep; older ones are dropped. */
const mostCalls = 2_000
/** The limits of the alert: so many failures, and more than this share of the calls. */
const fewestFailures = 5
const tolerableShare = 0.3
/** When every call is refused, its schema has changed: so many leave no doubt. */
const fewestRefusals = 10

export interface CallHealth {
  note(outcome: McpCallOutcome): void
  /** What ails the shop by its last five minutes of calls, in plain words; undefined when it serves. */
  problem(): string | undefined
}

/** Keeps how the last calls ended, for `/ready`. */
export function createCallHealth(now: () => Date): CallHealth {
  let calls: { at: number; outcome: McpCallOutcome }[] = []
  return {
    note(outcome) {
      // What was held back says nothing about the shop.
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
