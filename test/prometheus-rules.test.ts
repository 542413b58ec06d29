import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { prometheusDir, prometheusPrograms, runTool } from './support/prometheus.ts'

const read = (path: string) => readFileSync(join(prometheusDir, path), 'utf8')
const filesIn = (folder: string) => readdirSync(join(prometheusDir, folder)).map(name => `${folder}/${name}`)

const dashboards = ['overview', 'funnel', 'sources', 'llm', 'health', 'business', 'reconcile']
const Alert = z.strictObject({
  alert: z.string().regex(/^([A-Z][a-z]+)+$/),
  expr: z.string(),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']), component: z.string() }),
  annotations: z.strictObject({
    summary: z.string().max(60),
    description: z.string(),
    first_step: z.string(),
    runbook_url: z.string(),
    dashboard_url: z.enum(dashboards.map(name => `/d/bot-${name}`)),
  }),
})
const Alerts = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(Alert) })) })
const Records = z.object({
  groups: z.array(z.object({ rules: z.array(z.strictObject({ record: z.string(), expr: z.string() })) })),
})
const RuleTests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) })),
    }),
  ),
})

const alerts = filesIn('alerts').flatMap(path => Alerts.parse(parse(read(path))).groups.flatMap(({ rules }) => rules))

test('every alert has a name of its own and a section in the runbook that says what to do', () => {
  const runbook = readFileSync(join(prometheusDir, '../docs/runbook.md'), 'utf8')
  const sections = [
    ...runbook.matchAll(/^### (\w+)\n\n(?!- ).+(?:\n.+)*\n\n- \*\*Посмотреть\*\* (?:.|\n)+?\n- \*\*Сделать\*\* /gm),
  ]
  const loki = z
    .object({
      groups: z.array(
        z.object({
          rules: z.array(z.object({ alert: z.string(), annotations: z.object({ runbook_url: z.string() }) })),
        }),
      ),
    })
    .parse(parse(read('../loki/rules/fake/bot.yaml')))
    .groups.flatMap(({ rules }) => rules)

  const names = [...alerts, ...loki].map(({ alert }) => alert)
  expect(new Set(names).size).toBe(names.length)
  expect(sections.map(([, name]) => name).sort()).toEqual([...names].sort())
  for (const { alert, annotations } of [...alerts, ...loki])
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
})

test('recording rules are named level:metric:operations', () => {
  const records = filesIn('rules').flatMap(path =>
    Records.parse(parse(read(path))).groups.flatMap(({ rules }) => rules),
  )

  expect(records.length).toBeGreaterThan(0)
  for (const { record, expr } of records) {
    expect(record).toMatch(/^env:[a-z_]+:[a-z0-9_]+$/)
    expect(expr).toMatch(/by \(env(, le)?\)/)
  }
})

test('every alert has a case in which it fires and one in which it is silent', () => {
  const cases = filesIn('tests').flatMap(path =>
    RuleTests.parse(parse(read(path))).tests.flatMap(({ alert_rule_test }) => alert_rule_test),
  )
  const tested = (fires: boolean) =>
    new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname))

  const names = alerts.map(({ alert }) => alert)
  expect([...tested(true)].sort()).toEqual([...names].sort())
  // the watchdog is there to fire all the time
  expect([...tested(false)].sort()).toEqual(names.filter(name => name !== 'Watchdog').sort())
})

describe.runIf(prometheusPrograms.wanted)(`promtool${prometheusPrograms.note}`, () => {
  test('accepts the configuration with all its rules', () => {
    const { ok, output } = runTool('promtool', ['check', 'config', '--lint-fatal', 'prometheus.yml'])

    expect(output).not.toMatch(/FAILED|error/i)
    expect(ok, output).toBe(true)
    expect(output).toContain(`${filesIn('alerts').length + filesIn('rules').length} rule files found`)
  })

  test('accepts what docs/scale.md adds to it to send samples on', () => {
    const [, block = ''] = /```yaml prometheus\n(.*?)```/s.exec(read('../docs/scale.md')) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'remote-write-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [path, password] = [join(folder, 'prometheus.yml'), join(folder, 'password')]
    writeFileSync(password, 'x')
    const rules = /^rule_files:\n( +- .*\n)+/m
    writeFileSync(
      path,
      `${read('prometheus.yml').replace(rules, '')}\n${block.replace(/\/run\/secrets\/\w+/, password)}`,
    )

    const { ok, output } = runTool('promtool', ['check', 'config', path])

    expect(block).toContain('remote_write:')
    expect(ok, output).toBe(true)
  })

  test.each(filesIn('tests'))('finds all alerts of %s firing and silent as they should, in these words', path => {
    const { ok, output } = runTool('promtool', ['test', 'rules', path])

    expect(ok, output).toBe(true)
  })
})
