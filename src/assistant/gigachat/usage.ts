import type { ChatAnswer } from './types.ts'

/** What model calls add to the day's totals. `costRub` has six decimals at most. */
export interface UsageTotals {
  calls: number
  /** Billable ones. */
  tokens: number
  costRub: number
}

export interface UsageContext {
  userId: number
  /** From 1 within one message. */
  callNumber: number
  /** The function the call was for or asked for; empty for none. */
  functionName: string
  at: Date
}

/** Turns an answer into its log line and metrics, and returns what it adds to the day's totals. */
export type RecordUsage = (answer: ChatAnswer, call: UsageContext) => UsageTotals

export const noUsage: UsageTotals = { calls: 0, tokens: 0, costRub: 0 }

/** Sum without the drift of binary fractions: roubles are added as whole micro-roubles. */
export const addUsage = (a: UsageTotals, b: UsageTotals): UsageTotals => ({
  calls: a.calls + b.calls,
  tokens: a.tokens + b.tokens,
  costRub: (Math.round(a.costRub * 1e6) + Math.round(b.costRub * 1e6)) / 1e6,
})
