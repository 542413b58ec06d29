import type { AlertRule, RecordingRule } from './catalogue/rule.ts'
import { type Compiled, compile, durationMs } from './promql/compile.ts'
import { createSeriesStore, type Labels, type NewSample, type SeriesStore } from './promql/series-store.ts'
import { type InstantVector, PromqlError, signature } from './promql/vector.ts'

/** A condition that holds: pending until it has lasted as long as its rule asks, firing from then on. */
export interface ActiveAlert {
  name: string
  rule: AlertRule
  /** Those of the series, without the labels of the rule. */
  labels: Labels
  value: number
  state: 'pending' | 'firing'
  /** When the condition began to hold, epoch ms. */
  since: number
}

export interface RuleEvaluatorOptions {
  records: readonly RecordingRule[]
  alerts: readonly (readonly [name: string, rule: AlertRule])[]
  /** Further expressions whose samples are stored. */
  queries?: readonly Compiled[]
  /** A rule could not be evaluated: what it decided before stays. */
  onError: (rule: string, err: unknown) => void
}

export interface RuleEvaluator {
  /** Takes in what was scraped at `at`, epoch ms. */
  scraped(at: number, samples: readonly NewSample[]): void
  /** Evaluates every rule, records first; returns the conditions that hold. */
  evaluate(at: number): ActiveAlert[]
  store: SeriesStore
}

/** Every alert by the labels that Alertmanager compares. */
export const allLabels = ({ name, rule, labels }: Pick<ActiveAlert, 'name' | 'rule' | 'labels'>): Labels => ({
  ...labels,
  alertname: name,
  severity: rule.severity,
  component: rule.component,
})

/** Evaluates recording rules and alerts as Prometheus does, the series `ALERTS` included. */
export function createRuleEvaluator({ records, alerts, queries = [], onError }: RuleEvaluatorOptions): RuleEvaluator {
  const alertRules = alerts.map(([name, rule]) => ({
    name,
    rule,
    forMs: durationMs(rule.for),
    expr: compile(rule.expr),
  }))
  const readByAlerts = [...alertRules.map(({ expr }) => expr), ...queries]
  const recordRules = needed(
    records.map(({ record, expr }) => ({ record, expr: compile(expr) })),
    readByAlerts,
  )
  const store = createSeriesStore([...recordRules.map(({ expr }) => expr), ...readByAlerts].flatMap(e => e.selectors))
  const active = new Map<string, Map<string, ActiveAlert>>()

  const guarded = (rule: string, evaluate: () => void) => {
    try {
      evaluate()
    } catch (err) {
      onError(rule, err)
    }
  }
  const record = (name: string, { evaluate }: Compiled, at: number) =>
    store.append(
      name,
      at,
      vector(evaluate(store, at)).map(({ labels, value }) => ({ name, labels, value })),
    )
  const decide = ({ name, rule, forMs, expr }: (typeof alertRules)[number], at: number) => {
    const before = active.get(name)
    const holding = new Map<string, ActiveAlert>()
    for (const { labels, value } of vector(expr.evaluate(store, at))) {
      const key = signature(labels)
      const since = before?.get(key)?.since ?? at
      holding.set(key, { name, rule, labels, value, since, state: at - since >= forMs ? 'firing' : 'pending' })
    }
    active.set(name, holding)
    const samples = [...holding.values()].map(alert => ({
      name: 'ALERTS',
      labels: { ...allLabels(alert), alertstate: alert.state },
      value: 1,
    }))
    store.append(`ALERTS ${name}`, at, samples)
  }

  return {
    store,
    scraped: (at, samples) => store.append('scrape', at, samples),
    evaluate(at) {
      for (const rule of recordRules) guarded(rule.record, () => record(rule.record, rule.expr, at))
      for (const rule of alertRules) guarded(rule.name, () => decide(rule, at))
      return [...active.values()].flatMap(alertsOfRule => [...alertsOfRule.values()])
    },
  }
}

const vector = (value: number | InstantVector): InstantVector => {
  if (typeof value === 'number') throw new PromqlError('a rule must give a vector, not a number')
  return value
}

/** The records that the expressions read, directly or through other records; in their order. */
function needed<R extends { record: string; expr: Compiled }>(
  records: readonly R[],
  readers: readonly Compiled[],
): R[] {
  const names = new Set<string>()
  const visit = ({ selectors }: Compiled) => {
    for (const { name } of selectors) {
      const rule = records.find(({ record }) => record === name)
      if (rule === undefined || names.has(name)) continue
      names.add(name)
      visit(rule.expr)
    }
  }
  for (const reader of readers) visit(reader)
  return records.filter(({ record }) => names.has(record))
}
