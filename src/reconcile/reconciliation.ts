import type { ReconciledNumber, SourceAnswer } from './compare.ts'

/** Result of comparing a day. */
export interface Reconciliation {
  /** Day of ANALYTICS_TZ, `YYYY-MM-DD`. */
  date: string
  checked_at: Date
  /** True if every number of every configured source is within its tolerance. */
  agrees: boolean
  sources: { loki: SourceAnswer['state']; prometheus: SourceAnswer['state'] }
  numbers: ReconciledNumber[]
}
