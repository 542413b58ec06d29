import type { Alert } from './alert.ts'
import { alertKey } from './alert-key.ts'
import { isInhibited } from './inhibit.ts'
import { type ActiveAlert, allLabels } from './rule-evaluator.ts'
import { toText } from './text-format.ts'

export interface AlertReportDeps {
  /** Number of users that an alert affects; null if unknown. */
  usersOf: (alert: ActiveAlert) => number | null
  /** The last failure of a component; null if none is known. */
  lastErrorOf: (component: string) => string | null
}

/**
 * Turns the conditions of each evaluation into what is reported: one alert for one trouble. An alert whose cause fires is not
 * reported, nor is its end; one that was reported before its cause stays until it ends. Each end is reported once.
 */
export function createAlertReport({ usersOf, lastErrorOf }: AlertReportDeps) {
  let reported = new Map<string, Alert>()
  const describe = (alert: ActiveAlert): Alert => {
    const { name, rule, value, since } = alert
    const labels = { ...alert.labels }
    const users = usersOf(alert)
    const text = (template: string) => toText(template, { value, users, labels })
    return {
      name,
      severity: rule.severity,
      component: rule.component,
      labels,
      summary: text(rule.summary),
      description: text(rule.description),
      firstStep: text(rule.firstStep),
      runbook: `docs/runbook.md#${name.toLowerCase()}`,
      users,
      lastError: lastErrorOf(rule.component),
      since: new Date(since),
      endedAt: null,
    }
  }
  return (active: readonly ActiveAlert[], at: Date): Alert[] => {
    const firing = active.filter(({ state }) => state === 'firing')
    const labels = firing.map(allLabels)
    const now = new Map<string, Alert>()
    for (const alert of firing) {
      const key = alertKey({ name: alert.name, labels: { ...alert.labels } })
      if (reported.has(key) || !isInhibited(allLabels(alert), labels)) now.set(key, describe(alert))
    }
    const ended = [...reported].flatMap(([key, alert]) => (now.has(key) ? [] : [{ ...alert, endedAt: at }]))
    reported = now
    return [...now.values(), ...ended]
  }
}
