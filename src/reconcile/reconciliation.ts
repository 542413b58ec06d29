import type { ReconciledNumber, SourceAnswer } from './compare.ts'

/** What comparing a day came to. */
export interface Reconciliation {
  /** Day of ANALYTICS_TZ, `YYYY-MM-DD`. */
  date: string
  checked_at: Date
  /** Every number of every place that can be asked is within its tolerance. */
  agrees: boolean
  sources: { loki: SourceAnswer['state']; prometheus: SourceAnswer['state'] }
  numbers: ReconciledNumber[]
}
