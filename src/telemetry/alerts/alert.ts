/** A condition of the catalogue that holds, or has just ended: what evaluation hands to delivery. */
export interface Alert {
  /** CamelCase name of the rule. */
  name: string
  severity: 'critical' | 'warning' | 'info'
  component: string
  /** Those of the series that fires; with `name` the identity of the alert. */
  labels: Record<string, string>
  /** Russian, at most 60 characters, without a full stop. */
  summary: string
  /** Russian; who suffers and how much, values written as Russians write them. */
  description: string
  /** Russian; what to do first. */
  firstStep: string
  /** Path and anchor, from the root of the repository. */
  runbook: string
  /** Users affected within the last minutes; null if unknown. */
  users: number | null
  /** Our own text of the last failure that belongs to this alert, never text of a user; null if none is known. */
  lastError: string | null
  /** When the condition began to hold. */
  since: Date
  /** When it ceased to hold; null while it fires. */
  endedAt: Date | null
}

/**
 * Receives, after each evaluation, every alert that fires and each one that has ended since the evaluation before. Alerts
 * whose cause fires as well are left out.
 */
export type OnAlerts = (alerts: readonly Alert[]) => void
