import { z } from 'zod'
import { alertFiles } from '../catalogue/catalogue.ts'
import { recordingFiles } from '../catalogue/recording-rules.ts'
import { affected } from '../catalogue/rule.ts'
import { compile, durationMs } from '../promql/compile.ts'
import type { NewSample } from '../promql/series-store.ts'
import { type ActiveAlert, allLabels, createRuleEvaluator } from '../rule-evaluator.ts'
import { toText } from '../text-format.ts'

const Case = z.object({
  name: z.string(),
  interval: z.string(),
  input_series: z.array(z.object({ series: z.string(), values: z.string() })),
  alert_rule_test: z.array(
    z.object({
      eval_time: z.string(),
      alertname: z.string(),
      exp_alerts: z
        .array(
          z.object({ exp_labels: z.record(z.string(), z.string()), exp_annotations: z.record(z.string(), z.string()) }),
        )
        .default([]),
    }),
  ),
})

/** A file that `promtool test rules` reads. */
export const RuleTests = z.object({
  rule_files: z.array(z.string()),
  evaluation_interval: z.string(),
  tests: z.array(Case),
})
type RuleTestFile = z.infer<typeof RuleTests>

/** Runs one case through the evaluator of the bot; returns what it finds at each time that the case asks about, and what was expected. */
export function runCase(file: RuleTestFile, given: z.infer<typeof Case>) {
  const { records, alerts } = rulesOf(file.rule_files)
  const queries = Object.values(affected).map(compile)
  const rules = createRuleEvaluator({ records, alerts, queries, onError: (rule, err) => raise(rule, err) })
  const stepMs = durationMs(given.interval)
  const series = given.input_series.map(({ series, values }) => ({ ...readSeries(series), values: readValues(values) }))
  const asked = given.alert_rule_test.map(one => ({ ...one, at: durationMs(one.eval_time) }))
  const until = Math.max(...asked.map(({ at }) => at))
  const found: { at: number; active: ActiveAlert[]; texts: (alert: ActiveAlert) => Record<string, string> }[] = []
  let scraped = 0
  for (let at = 0; at <= until; at += durationMs(file.evaluation_interval)) {
    for (; scraped * stepMs <= at; scraped++) rules.scraped(scraped * stepMs, samplesOf(series, scraped))
    const active = rules.evaluate(at)
    const usersAt = (name: string) => {
      const value = compile(name).evaluate(rules.store, at)
      return typeof value === 'number' ? null : (value[0]?.value ?? null)
    }
    const texts = (alert: ActiveAlert) => annotations(alert, usersAt)
    found.push({ at, active, texts: remember(active, texts) })
  }
  return asked.map(({ at, alertname, exp_alerts }) => {
    const last = found.findLast(one => one.at <= at)
    const firing = (last?.active ?? []).filter(({ name, state }) => name === alertname && state === 'firing')
    return {
      found: firing.map(alert => ({ labels: allLabels(alert), annotations: last?.texts(alert) })),
      expected: exp_alerts.map(({ exp_labels, exp_annotations }) => ({
        labels: { ...exp_labels, alertname },
        annotations: exp_annotations,
      })),
    }
  })
}

/** The texts as they were at the time of the evaluation. */
function remember(active: readonly ActiveAlert[], texts: (alert: ActiveAlert) => Record<string, string>) {
  const written = new Map(active.filter(({ state }) => state === 'firing').map(alert => [alert, texts(alert)]))
  return (alert: ActiveAlert) => written.get(alert) ?? {}
}

const raise = (rule: string, err: unknown): never => {
  throw new Error(`${rule} cannot be evaluated`, { cause: err })
}

function annotations(alert: ActiveAlert, usersAt: (name: string) => number | null): Record<string, string> {
  const { rule, value, labels, name } = alert
  const users = rule.users === undefined ? null : usersAt(affected[rule.users])
  const text = (template: string) => toText(template, { value, users, labels: { ...labels } })
  return {
    summary: text(rule.summary),
    description: text(rule.description),
    first_step: text(rule.firstStep),
    runbook_url: `docs/runbook.md#${name.toLowerCase()}`,
    dashboard_url: `/d/bot-${rule.dashboard}`,
  }
}

function rulesOf(files: readonly string[]) {
  const named = (folder: string) =>
    files.flatMap(path => (path.startsWith(`../${folder}/`) ? [path.slice(folder.length + 4, -'.yml'.length)] : []))
  return {
    records: named('rules').flatMap(name => Object.values(recordingFiles[name]?.groups ?? {}).flat()),
    alerts: named('alerts').flatMap(name => Object.values(alertFiles[name]?.groups ?? {}).flatMap(Object.entries)),
  }
}

const samplesOf = (
  series: readonly { name: string; labels: Record<string, string>; values: readonly (number | undefined)[] }[],
  index: number,
): NewSample[] =>
  series.flatMap(({ name, labels, values }) => {
    const value = values[index]
    return value === undefined ? [] : [{ name, labels, value }]
  })

/** `name{label="value"}` */
function readSeries(text: string): { name: string; labels: Record<string, string> } {
  const [, name = '', labels = ''] = /^([\w:]+)(?:\{(.*)\})?$/.exec(text) ?? []
  return {
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
    ),
  }
}

/** The expanding notation of promtool: `0+1x3` are 0 1 2 3, `5x2` are 5 5 5, `Inf+0x2` are three infinite ones, `_` is a missing sample. */
function readValues(text: string): (number | undefined)[] {
  return text.split(/\s+/).flatMap(part => {
    const [, value = '', step = '0', times = '0'] = /^(-?[\d.]+|Inf|_)(?:([+-][\d.]+))?(?:x(\d+))?$/.exec(part) ?? []
    if (value === '') throw new Error(`no value: ${part}`)
    if (value === '_') return Array.from({ length: Math.max(Number(times), 1) }, () => undefined)
    return Array.from(
      { length: Number(times) + 1 },
      (_, i) => Number(value.replace('Inf', 'Infinity')) + i * Number(step),
    )
  })
}
