import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createDialogueMetrics } from '../src/assistant/dialogue/metrics.ts'
import { createBalanceMetrics } from '../src/assistant/gigachat/balance-watch.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { startTestBot } from './support/bot.ts'
import { prometheusDir, prometheusPrograms, runTool, startPrometheus } from './support/prometheus.ts'
import { addScrapeLabels, checkPromql, type KnownSeries, readSeries } from './support/promql.ts'

/** A scrape renders all series in one go while users wait, and Prometheus keeps them in memory for each replica. */
const seriesLimit = 1_600

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          expr: z.string(),
          record: z.string().optional(),
          annotations: z.object({ description: z.string() }).optional(),
        }),
      ),
    }),
  ),
})
const Config = z.object({ scrape_configs: z.array(z.object({ job_name: z.string() })) })

const read = (path: string) => readFileSync(join(prometheusDir, path), 'utf8')
const rules = ['rules', 'alerts'].flatMap(folder =>
  readdirSync(join(prometheusDir, folder)).flatMap(name =>
    Rules.parse(parse(read(`${folder}/${name}`))).groups.flatMap(group => group.rules),
  ),
)
const samples = (scrape: string) => scrape.split('\n').filter(line => line !== '' && !line.startsWith('#'))

/** With a second model, which has series of its own. */
async function scrapeBot() {
  const bot = await startTestBot({ LLM_FALLBACK_MODEL: 'second' })
  return { bot, scrape: await (await fetch(bot.metricsUrl)).text() }
}

/** Every series of a bot: those of its first scrape, and those of parts that are not always there. */
async function knownSeries(scrape: string): Promise<KnownSeries> {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  createDialogueMetrics(register) // with Redis
  // shown once a balance was read
  for (const gauge of Object.values(createBalanceMetrics(register))) gauge.set({ model: 'GigaChat-2-Max' }, 0)
  const known = readSeries(scrape, readSeries(await register.metrics()))
  // of Alertmanager, which a rule watches
  known.set('alertmanager_notifications_failed_total', new Map([['integration', new Set(['webhook', 'telegram'])]]))
  const jobs = Config.parse(parse(read('prometheus.yml'))).scrape_configs.map(({ job_name }) => job_name)
  addScrapeLabels(known, jobs)
  const alertLabels = ['alertname', 'alertstate', 'severity', 'component', 'env']
  known.set('ALERTS', new Map(alertLabels.map(label => [label, new Set()])))
  for (const { record } of rules) if (record !== undefined) known.set(record, new Map([['env', new Set()]]))
  return known
}

test('a started bot shows a bounded number of series, each at 0 or with a value', async () => {
  const { scrape } = await scrapeBot()

  expect(samples(scrape).length).toBeGreaterThan(500)
  expect(samples(scrape).length).toBeLessThan(seriesLimit)
  expect(samples(scrape).filter(line => /undefined|NaN$/.test(line))).toEqual([])
})

test('actions of users make no new series', async () => {
  const { bot, scrape } = await scrapeBot()
  const names = (text: string) => new Set(samples(text).map(line => line.replace(/ \S+$/, '')))

  const user = bot.user(7)
  await user.join()
  await user.ask('молоко и хлеб', /Итого/)
  const after = await (await fetch(bot.metricsUrl)).text()

  const before = names(scrape)
  const fresh = [...names(after)].filter(name => !before.has(name) && !name.startsWith('nodejs_'))
  expect(fresh).toEqual([])
})

test('every rule asks only for metrics, labels and values that there are', async () => {
  const { scrape } = await scrapeBot()
  const known = await knownSeries(scrape)

  const inTemplates = rules.flatMap(({ annotations }) =>
    [...(annotations?.description ?? '').matchAll(/query \(printf "([^"]*)"/g)].map(([, expr = '']) => expr),
  )
  expect(inTemplates.length).toBeGreaterThan(0)
  const problems = [...rules.map(({ expr }) => expr), ...inTemplates].flatMap(expr => checkPromql(expr, known))
  expect(problems).toEqual([])
})

test.each([
  ['rate(bot_update_total[5m])', 'no such metric: bot_update_total'],
  ['bot_updates_total{outcome="error"}', 'bot_updates_total{outcome} is never error'],
  ['bot_updates_total{outcome=~"failed|lost"}', 'bot_updates_total{outcome} is never lost'],
  ['bot_updates_total{kind="message"}', 'bot_updates_total has no label kind'],
  ['sum by (kind) (bot_updates_total)', 'no such label to group by: kind'],
  ['up{job="bott"}', 'up{job} is never bott'],
  ['rate(bot_updates_total[5m]', 'syntax error at 26: '],
])('%s is found to be wrong', (expr, problem) => {
  const known = readSeries('bot_updates_total{type="message",outcome="failed",env="test"} 0\n')

  expect(checkPromql(expr, addScrapeLabels(known, ['bot']))).toEqual([problem])
})

describe.runIf(prometheusPrograms.wanted)(`with a real Prometheus${prometheusPrograms.note}`, () => {
  test('every metric is clean in the eyes of promtool', async () => {
    const { scrape } = await scrapeBot()

    const { ok, output } = runTool('promtool', ['check', 'metrics'], scrape)

    expect(output).toBe('')
    expect(ok).toBe(true)
  })

  test('it sees every metric of the bot, evaluates every rule, and keeps the request_id of a message as exemplar', async () => {
    const { bot } = await scrapeBot()
    const prometheus = await startPrometheus({ targets: { bot: new URL(bot.metricsUrl).host } })

    await bot.user(7).ask('/start', /Согласие/)
    await expect
      .poll(async () => (await prometheus.query('sum(bot_updates_total{outcome="answered"})'))[0]?.value)
      .toBe(1)
    await expect
      .poll(async () => {
        const evaluated = await prometheus.rules()
        return evaluated.filter(({ health }) => health !== 'ok')
      })
      .toEqual([])

    // a metric of something rare, such as a garbage collection, may have come between the two readings
    await expect
      .poll(async () => {
        const seen = await prometheus.query('count by (__name__) ({job="bot", service_name="vkusvill-bot"})')
        const names = new Set(seen.map(({ labels }) => labels.__name__))
        const page = samples(await (await fetch(bot.metricsUrl)).text()).map(line => /^\w+/.exec(line)?.[0])
        return [...new Set(page)].filter(name => !names.has(name ?? ''))
      })
      .toEqual([])
    await expect
      .poll(() => prometheus.query('env:bot_users_active:sum5m'))
      .toEqual([{ labels: { __name__: 'env:bot_users_active:sum5m', env: 'test' }, value: 1 }])
    const exemplars = await prometheus.exemplars('bot_update_duration_seconds_bucket')
    expect(exemplars).toEqual([expect.stringMatching(/^[0-9A-Z]{12}$/)])
  })
})
