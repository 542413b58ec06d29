import type { Log } from '../log.ts'
import type { MetricRegistry } from '../registry.ts'
import type { Alert, OnAlerts } from './alert.ts'
import { evaluatedHere } from './catalogue/catalogue.ts'
import { recordingFiles } from './catalogue/recording-rules.ts'
import { affected } from './catalogue/rule.ts'
import { createAlertReport } from './create-alert-report.ts'
import { createFiringMetrics } from './firing-metrics.ts'
import type { LastErrors } from './last-errors.ts'
import { compile } from './promql/compile.ts'
import { readRegistry } from './read-registry.ts'
import { type ActiveAlert, createRuleEvaluator } from './rule-evaluator.ts'

export interface AlertEvaluationDeps {
  register: MetricRegistry
  lastErrors: Pick<LastErrors, 'of'>
  log: Log
  now: () => Date
  onAlerts: OnAlerts
}

export interface AlertEvaluation {
  /** Scrapes the registry, evaluates every rule, and reports. Joins a run in progress; never rejects. */
  run(): Promise<void>
  /** Resolves when no run is in progress. */
  idle(): Promise<void>
  /** What fires, as last reported. */
  firing(): readonly Alert[]
  /** Why alerts can no longer be relied upon: no run has ended well for two minutes; undefined while they can. */
  problem(): string | undefined
  /** Samples in memory: 16 bytes each. */
  size(): number
}

/** Eight runs. */
const silentAfterMs = 120_000

const records = Object.values(recordingFiles).flatMap(({ groups }) => Object.values(groups).flat())

/**
 * Evaluates the catalogue on the metrics of this process, in place of Prometheus and Alertmanager. Needs neither network nor
 * database. Every replica sees its own part of the traffic, so thresholds are those of one replica.
 */
export function createAlertEvaluation({
  register,
  lastErrors,
  log,
  now,
  onAlerts,
}: AlertEvaluationDeps): AlertEvaluation {
  const failing = new Set<string>()
  const onError = (rule: string, err: unknown) => {
    if (failing.has(rule)) return
    failing.add(rule)
    log.error('maintenance_failed', { task: `alert rule ${rule}`, err })
  }
  let compiled: ReturnType<typeof compileCatalogue> | undefined
  const usersOf = ({ rule, labels }: ActiveAlert, at: number): number | null => {
    const { rules, users } = compiled ?? {}
    const query = rule.users === undefined ? undefined : users?.[rule.users]
    const found = rules && query?.evaluate(rules.store, at)
    if (found === undefined || typeof found === 'number') return null
    return found.find(element => element.labels.env === labels.env)?.value ?? null
  }
  const show = createFiringMetrics(register, [...evaluatedHere.keys()])
  let lastAt = Number.NEGATIVE_INFINITY
  const report = createAlertReport({ usersOf: alert => usersOf(alert, lastAt), lastErrorOf: lastErrors.of })
  let reported: readonly Alert[] = []
  let reportedAt = now().getTime()
  let running: Promise<void> | undefined

  const evaluate = async () => {
    try {
      compiled ??= compileCatalogue(onError)
      const { rules } = compiled
      const samples = await readRegistry(register)
      const at = now().getTime()
      if (at <= lastAt) return // the clock was set back: samples must not go backwards
      lastAt = at
      rules.scraped(at, samples)
      reported = report(rules.evaluate(at), new Date(at))
      show(reported)
      onAlerts(reported)
      reportedAt = at
    } catch (err) {
      log.error('maintenance_failed', { task: 'evaluate alerts', err })
    }
  }
  return {
    run: () => {
      running ??= evaluate().finally(() => {
        running = undefined
      })
      return running
    },
    idle: async () => running,
    firing: () => reported.filter(({ endedAt }) => endedAt === null),
    // also when the clock was set back, which no run gets past
    problem: () => (Math.abs(now().getTime() - reportedAt) > silentAfterMs ? 'alerts are not evaluated' : undefined),
    size: () => compiled?.rules.store.size() ?? 0,
  }
}

function compileCatalogue(onError: (rule: string, err: unknown) => void) {
  const users = Object.fromEntries(Object.entries(affected).map(([kind, record]) => [kind, compile(record)]))
  const rules = createRuleEvaluator({ records, alerts: [...evaluatedHere], queries: Object.values(users), onError })
  return { rules, users }
}
