import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { eventTypes } from '../../src/events/catalogue.ts'
import { logCatalogue } from '../../src/telemetry/log-catalogue.ts'
import { startTestBot } from '../../test/support/bot.ts'
import { readSeries } from '../../test/support/promql.ts'
import { dashboards } from './all.ts'
import { checkDashboard } from './lib/check-dashboard.ts'
import { dashboard } from './lib/dashboard.ts'
import { knownSeries, scrapeOfTheFactories } from './lib/known-series.ts'
import { panelsOf } from './lib/panel-json.ts'
import { panelQueries } from './lib/panel-queries.ts'
import { logql, promql, type Query } from './lib/queries.ts'
import { table } from './lib/tables.ts'

const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z.object({
    defaults: z.object({
      unit: z.string().min(1),
      noValue: z.string().min(1),
      thresholds: z.object({ steps: z.array(z.object({ color: z.string() })).min(1) }),
    }),
  }),
  targets: z.array(z.object({ refId: z.string().length(1), datasource: z.object({ uid: z.string() }) })).min(1),
})
const json = (value: unknown) => JSON.parse(JSON.stringify(value))
const panels = (one: (typeof dashboards)[number]) => z.array(Panel).parse(panelsOf(json(one)))
const all = dashboards.map(one => [one.uid ?? '', one] as const)

test('the dashboards stand under the addresses that alerts and runbooks know', () => {
  const known = dashboards.map(({ uid }) => uid)
  const linked = ['prometheus/alerts', 'loki/rules/fake'].flatMap(folder =>
    readdirSync(folder).flatMap(file =>
      [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/dashboard_url: \/d\/([\w-]+)/g)].map(([, uid]) => uid),
    ),
  )

  expect(known).toEqual([
    'bot-overview',
    'bot-funnel',
    'bot-sources',
    'bot-llm',
    'bot-health',
    'bot-business',
    'bot-reconcile',
    'bot-logs',
    'bot-request',
  ])
  expect(linked.length).toBeGreaterThan(10)
  expect(linked.filter(uid => !known.includes(uid))).toEqual([])
})

test.each(all)(
  '%s: every panel says what it shows, in which unit, what is bad, and what nothing looks like',
  (_, one) => {
    const found = panels(one)

    expect(found.length).toBeGreaterThan(3)
    for (const { title, description } of found) expect(`${title} ${description}`).toMatch(/[а-я]/)
    expect(found.filter(({ description }) => description.length < 20).map(({ title }) => title)).toEqual([])
  },
)

test.each(all)('%s: panels keep off each other, and are wide enough to be read on a phone', (_, one) => {
  const places = panels(one).map(({ gridPos, type }) => ({ ...gridPos, least: type === 'stat' ? 4 : 8 }))
  const overlap = (a: (typeof places)[number], b: (typeof places)[number]) =>
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h

  expect(places.filter(({ x, w, least }) => x + w > 24 || w < least)).toEqual([])
  expect(places.filter((a, i) => places.slice(i + 1).some(b => overlap(a, b)))).toEqual([])
})

test.each(all)('%s: ids are its own, and the links to other dashboards keep time and variables', (_, one) => {
  const ids = panels(one).map(({ id }) => id)

  expect(new Set(ids).size).toBe(ids.length)
  const range = one.tags?.find(tag => tag !== 'bot')
  expect(one.links).toMatchObject(
    ['bot-days', 'bot-hours'].map(tag => ({
      type: 'dashboards',
      tags: [tag],
      keepTime: tag === range,
      includeVars: true,
    })),
  )
})

test.each(all)('%s: a variable in a link or query is one the dashboard has', (_, one) => {
  const names = new Set((one.templating?.list ?? []).map(({ name }) => name))
  const builtIn = /^__/
  const used = [...JSON.stringify(one).matchAll(/\$\{?([a-z_]\w*)/gi)].map(([, name = '']) => name)

  expect(used.filter(name => !builtIn.test(name) && !names.has(name))).toEqual([])
})

test.each(all)('%s: every query asks for what the code makes', async (_, one) => {
  expect(checkDashboard(json(one), await knownSeries())).toEqual([])
})

const broken = (...queries: Query[]) =>
  json(
    dashboard({
      ...{ uid: 'bot-broken', title: 'x', description: 'x', range: 'hours' },
      rows: [{ title: 'x', panels: [table({ title: 'x', description: 'x', unit: 'count', queries })] }],
    }),
  )

test.each([
  ['a renamed metric', promql('sum(rate(bot_update_total[$__rate_interval]))', ''), /no such metric: bot_update_total/],
  ['an outcome there is not', promql('bot_updates_total{outcome="lost"}', ''), /outcome} is never lost/],
  ['an unclosed bracket', promql('sum(rate(bot_updates_total[5m])', ''), /syntax error/],
  ['a renamed log event', logql('{service_name="vkusvill-bot", event="llm_call"}'), /no such event: llm_call/],
  [
    'a field that is in no line',
    logql('{service_name="vkusvill-bot", event="llm_usage"} | json a="tokens"'),
    /field tokens is in no line/,
  ],
  ['an unclosed selector', logql('{service_name="vkusvill-bot"'), /syntax error/],
])('%s is found', async (_, query, problem) => {
  expect(checkDashboard(broken(query), await knownSeries()).join('\n')).toMatch(problem)
})

test('what a started bot shows is what the factories make', async () => {
  const bot = await startTestBot()

  const shown = readSeries(await (await fetch(bot.metricsUrl)).text())

  const made = readSeries(await scrapeOfTheFactories())
  expect([...shown.keys()].filter(name => !made.has(name) && !name.startsWith('nodejs_gc_'))).toEqual([])
})

const texts = () => {
  const files = ['prometheus/alerts', 'prometheus/rules', 'loki/rules/fake', 'loki/queries'].flatMap(folder =>
    readdirSync(folder).map(file => readFileSync(`${folder}/${file}`, 'utf8')),
  )
  return [...files, ...dashboards.flatMap(panelQueries).map(({ text }) => text)].join('\n')
}

test('every metric of ours is looked at by a panel, a rule or an alert', async () => {
  const families = [...(await scrapeOfTheFactories()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name)
  const ours = families.filter(name => /^(bot|gen_ai)_/.test(name))
  const used = texts()

  expect(ours.length).toBeGreaterThan(35)
  expect(ours.filter(name => !used.includes(name))).toEqual([])
})

test('every log event is asked for by name or shown among the lines, and every business event has words', () => {
  const used = texts()

  // the panel of lines and the counts by event show them all; by name there are those that need action
  expect(used).toContain('sum by (event)')
  const named = Object.keys(logCatalogue).filter(event => used.includes(event))
  expect(named).toEqual(expect.arrayContaining(['llm_usage', 'update_handled', 'uncaught_error', 'schema_drift']))
  expect(eventTypes.filter(type => !used.includes(`'${type}'`))).toEqual([])
})

test('the committed JSON is what the code says', () => {
  const committed = readdirSync('grafana/generated').map(file =>
    JSON.parse(readFileSync(`grafana/generated/${file}`, 'utf8')),
  )

  const byUid = (a: { uid: string }, b: { uid: string }) => a.uid.localeCompare(b.uid)
  expect(committed.sort(byUid)).toEqual(json(dashboards).sort(byUid))
})
