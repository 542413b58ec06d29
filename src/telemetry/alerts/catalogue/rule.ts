import type { Alert } from '../alert.ts'

/** A duration as Prometheus writes it. */
type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

type Dashboard = 'overview' | 'funnel' | 'sources' | 'llm' | 'health' | 'business' | 'reconcile'

export interface RecordingRule {
  /** `level:metric:operations` */
  record: string
  /** PromQL. */
  expr: string
}

/** Whom an alert affects: users whose messages failed, or all who wrote, within 5 minutes. Absent where users notice nothing. */
export const affected = {
  failed: 'env:bot_users_failed:sum5m',
  active: 'env:bot_users_active:sum5m',
} as const

export interface AlertRule extends Pick<Alert, 'severity' | 'component' | 'summary' | 'description' | 'firstStep'> {
  /** PromQL. */
  expr: string
  /** How long the condition holds before the alert fires. */
  for: Duration
  dashboard: Dashboard
  users?: keyof typeof affected
  /** Why only Prometheus can evaluate it; absent if the bot itself can. */
  onlyOutside?: string
}

/** One file of `prometheus/rules` or `prometheus/alerts`; each group is evaluated in its order. */
export interface RuleFile<Rule> {
  /** First line of the file. */
  comment: string
  groups: Record<string, Rule>
}

/**
 * Alerts of the services that explain failed messages. Within the time in which one of them fired, failed or late messages
 * are no trouble of their own: the operator has been notified of the cause, and its end is the end of both.
 */
const causes = 'ALERTS{alertstate="firing", severity="critical", component=~"gigachat|openai|shop|telegram|postgres"}'

/** Ends the condition of a symptom: none of its causes has fired within the window that it looks at. */
export const unlessCause = (window: Duration): string => `unless on (env) max_over_time(${causes}[${window}])`

/** Messages that count for the SLO: a user wrote, and the bot answered or failed to. */
export const messages = 'bot_updates_total{type="message", outcome=~"answered|failed"}'
