import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkLogql } from '../../src/telemetry/testing/check-logql.ts'
import { startFakeLoki } from '../../src/telemetry/testing/fake-loki.ts'
import { startTestBot } from '../support/bot.ts'
import { createTestDatabase } from '../support/database.ts'
import { replyJson, startHostileServer } from '../support/hostile-server.ts'
import { prometheusPrograms, startPrometheus } from '../support/prometheus.ts'
import { readSettings } from './addresses.ts'
import { openDatabase, openPlaces } from './places.ts'
import { askEveryQuery, everyQuery } from './queries.ts'
import { showReport } from './report.ts'
import { checkServices } from './services.ts'
import { play } from './shoppers.ts'
import {
  type Comparison,
  compareSignals,
  marginSeconds,
  type Places,
  readCounters,
  signals,
  waitForScrape,
} from './signals.ts'

const agreeing: Places = { row: async () => 3, line: async () => 3, metric: async () => 3 }
const compare = (places: Partial<Places>, more: Partial<Comparison> = {}) =>
  compareSignals({
    places: { ...agreeing, ...places },
    before: new Map(),
    fillIn: logql => logql,
    serviceName: 'vkusvill-bot',
    waitMs: 0,
    ...more,
  })
const holes = (checks: { ok: boolean; name: string }[]) => checks.filter(({ ok }) => !ok).map(({ name }) => name)

test('where row, line and metric agree there is no hole', async () => {
  expect(holes(await compare({}))).toEqual([])
})

test.each([
  ['row', 'event session_start', { row: async (sql: string) => (sql.includes("'session_start'") ? 2 : 3) }],
  ['line', 'event bot_start', { line: async (logql: string) => (logql.includes('"bot_start"') ? 2 : 3) }],
  ['metric', 'carts', { metric: async (promql: string) => (promql.includes('bot_carts_recorded') ? 4 : 3) }],
])('a %s that differs is a hole by name', async (_, name, places) => {
  expect(holes(await compare(places))).toEqual([name])
})

test('only the growth of a counter counts', async () => {
  const before = new Map(signals.map(({ name }) => [name, 100]))

  expect(holes(await compare({ metric: async () => 103 }, { before }))).toEqual([])
})

test('three zeros are a hole, but for what does not come of every cart', async () => {
  const none = { row: async () => 0, line: async () => 0, metric: async () => 0 }

  const found = holes(await compare(none))

  expect(found).toContain('event cart_created')
  expect(found).not.toContain('event survey_completed')
})

test('it is asked again until the last signal has arrived', async () => {
  let asked = 0
  const slow = { line: async () => (asked++ < signals.length ? 0 : 3) }

  expect(holes(await compare(slow, { waitMs: 60_000, pollMs: 1 }))).toEqual([])
})

test('a run begins with counters that were scraped after it was started', async () => {
  const scrapes = [98, 101, 105, 106.2] // by Prometheus' clock, which says 100 at the start
  const asked: string[] = []

  const metric = async (promql: string) => {
    if (promql === 'vector(time())') return 100
    asked.push(promql)
    return scrapes.shift() ?? 0
  }
  await waitForScrape(metric, 10_000, 0)

  expect(scrapes).toEqual([])
  expect(asked).toHaveLength(4)
})

test('a bot that is not scraped is reported, and where to look', async () => {
  await expect(waitForScrape(async () => 0, 20, 1)).rejects.toThrow(/has not scraped the bot.*Targets/)
})

test('no question to Loki leaves out what is cheap or fast: sums and rankings are over every line', () => {
  const saved = readdirSync('loki/queries').map(file => readFileSync(`loki/queries/${file}`, 'utf8'))
  const asked = everyQuery().flatMap(({ language, text }) => (language === 'logql' ? [text] : []))

  const leavesOut = (logql: string) => /\|\s*\w+\s*(?:[<>]=?|!=|==)\s*[\d.]/.test(logql)
  expect(leavesOut('{a="b"} | json cost="cost_rub" | cost > 0.5 | unwrap cost')).toBe(true)
  expect(asked).not.toEqual([])
  expect([...saved, ...asked].filter(leavesOut)).toEqual([])
})

test('every question to Loki is one it understands', () => {
  const selector = (event: string) => `{service_name="vkusvill-bot", event="${event}"}`
  const asked = signals.map(({ logql }) => logql(selector).replaceAll('$window', '60s'))

  expect(asked.flatMap(checkLogql)).toEqual([])
})

describe.runIf(prometheusPrograms.wanted)(`with a real Prometheus${prometheusPrograms.note}`, () => {
  test('shoppers of a running bot are seen by PostgreSQL, Loki and Prometheus alike', async () => {
    const loki = await startFakeLoki()
    const bot = await startTestBot({ LOKI_URL: loki.url, LOG_LEVEL: 'info' })
    const prometheus = await startPrometheus({ targets: { bot: new URL(bot.metricsUrl).host } })
    const who = { first: 5_000_001, last: 5_000_003 }
    const database = openDatabase(bot.databaseUrl)
    const places = openPlaces({ lokiUrl: loki.url, prometheusUrl: prometheus.url, database }, who)
    await play(bot.url, 4_000_001, 1) // another user, who has just written
    await waitForScrape(places.metric, 30_000, 100)
    const before = await readCounters(places.metric)
    const startedAt = Date.now()

    await play(bot.url, who.first, 3)
    const found = await compareSignals({
      ...{ places, before, serviceName: 'vkusvill-bot', waitMs: 20_000, pollMs: 500 },
      fillIn: logql => logql.replaceAll('$window', `${Math.ceil((Date.now() - startedAt) / 1000) + marginSeconds}s`),
    })

    await database.end()
    await loki.kill()
    expect(found.filter(({ ok }) => !ok)).toEqual([])
    expect(found.find(({ name }) => name === 'carts')?.detail).toBe('row 3 · line 3 · metric 3')
  })
})

test('every query of panels and alerts is asked, and what a data source refuses is a hole', async () => {
  const grafana = await startHostileServer()
  grafana.plan(
    '/api/ds/query',
    replyJson(200, { results: { A: { error: 'column "x" does not exist', status: 400 } } }),
    replyJson(200, { results: { A: { frames: [{}] } } }),
  )
  const { url } = await createTestDatabase()
  const database = openDatabase(url)
  const queries = everyQuery()
  const panels = queries.filter(({ language }) => language === 'sql')

  const found = await askEveryQuery(
    panels,
    { grafanaUrl: grafana.url, grafanaAuth: 'Basic eA==', lokiUrl: '', prometheusUrl: '', database },
    { from: new Date(Date.now() - 3_600_000), to: new Date() },
  )

  await Promise.all([grafana.close(), database.end()])
  expect(queries.length).toBeGreaterThan(100)
  expect(queries.map(({ where }) => where)).toEqual(
    expect.arrayContaining(['Тревога / BotDown', 'Тревога / BotCrashed']),
  )
  expect(found.filter(({ ok }) => !ok).map(({ group, detail }) => [group, detail])).toEqual([
    ['grafana', 'column "x" does not exist'],
  ])
  expect(grafana.received.every(({ headers }) => headers.authorization === 'Basic eA==')).toBe(true)
  expect(grafana.received.some(({ body }) => /\$env|\$\{(?!__)/.test(body))).toBe(false)
})

test('a stack where nothing answers is holes, not a crash', async () => {
  const nowhere = 'http://127.0.0.1:1'

  const found = await checkServices({
    ...{ grafanaUrl: nowhere, lokiUrl: nowhere, prometheusUrl: nowhere, alertmanagerUrl: nowhere },
    grafanaAuth: '',
  })

  expect(found.length).toBeGreaterThan(12)
  expect(found.filter(({ ok }) => ok)).toEqual([])
  expect(showReport(found)).toContain(`0 well, ${found.length} holes`)
})

test('a missing address is named, and its value never is', () => {
  expect(() => readSettings({ SMOKE_GRAFANA_PASSWORD: 'secret', SMOKE_LOKI_URL: 'secret-place' })).toThrow(
    /SMOKE_LOKI_URL.*\n.*SMOKE_DATABASE_URL/,
  )
  expect(() => readSettings({ SMOKE_LOKI_URL: 'secret-place' })).not.toThrow(/secret/)
})
