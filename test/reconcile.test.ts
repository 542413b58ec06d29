import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { localDay } from '../src/analytics/period.ts'
import { runReconcile } from '../src/cli/reconcile.ts'
import { startFakeLoki } from '../src/telemetry/testing/fake-loki.ts'
import { createTestUser, type TestUser } from './support/bot.ts'
import { runBot } from './support/bot-process.ts'
import { createTestDatabase } from './support/database.ts'
import { prometheusPrograms, startPrometheus } from './support/prometheus.ts'

/** Where it is noon now: no test runs over midnight. */
const hoursToNoon = 12 - new Date().getUTCHours()
const timeZone = hoursToNoon >= 0 ? `Etc/GMT-${hoursToNoon}` : `Etc/GMT+${-hoursToNoon}`

const Found = z.object({
  agrees: z.boolean(),
  sources: z.object({ loki: z.string(), prometheus: z.string() }),
  numbers: z.array(
    z.object({
      number: z.string(),
      postgres: z.number(),
      loki: z.number().nullable(),
      prometheus: z.number().nullable(),
      agrees: z.boolean(),
      causes: z.array(z.string()),
    }),
  ),
})

async function startLoki() {
  const loki = await startFakeLoki()
  onTestFinished(() => loki.kill())
  return loki
}

async function setup() {
  const database = await createTestDatabase()
  const loki = await startLoki()
  const settings = { DATABASE_URL: database.url, LOKI_URL: loki.url, ANALYTICS_TZ: timeZone, NODE_ENV: 'test' }
  const reconcile = async (prometheusUrl: string) => {
    const output: string[] = []
    const agrees = await runReconcile({
      args: ['--date', localDay(new Date(), timeZone), '--json'],
      env: { ...settings, PROMETHEUS_URL: prometheusUrl },
      out: text => void output.push(text),
      note: () => undefined,
      now: () => new Date(),
    })
    const found = Found.parse(JSON.parse(output.join()))
    expect(found.agrees).toBe(agrees)
    return { ...found, of: (number: string) => found.numbers.find(n => n.number === number) }
  }
  const start = async () => {
    const bot = runBot({ ...settings, DATA_DIR: mkdtempSync(join(tmpdir(), 'data-')) })
    const address = await bot.address()
    return { ...bot, user: (id: number) => createTestUser(address, id), metricsUrl: await bot.metricsAddress() }
  }
  return { database, reconcile, start }
}

const shop = async (user: TestUser) => {
  await user.join('habr')
  await user.ask('собери завтрак: молоко, хлеб, сыр', /Итого/)
}

/** Stands before a bot's /metrics; closed, every scrape fails. */
async function startGate() {
  let target: string | null = null
  const server = createServer((_request, response) => {
    const refuse = () => void response.writeHead(503).end()
    if (target === null) return refuse()
    fetch(target, { headers: { accept: 'application/openmetrics-text' } })
      .then(async answer => {
        response.writeHead(200, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text())
      })
      .catch(refuse)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: (url: string) => {
      target = url
    },
    close: () => {
      target = null
    },
  }
}

describe.runIf(prometheusPrograms.wanted)(`reconciliation with a real Prometheus${prometheusPrograms.note}`, () => {
  test('what shoppers did is the same everywhere; a row that got lost is found', async () => {
    const { database, reconcile, start } = await setup()
    const bot = await start()
    const prometheus = await startPrometheus({ targets: { bot: new URL(bot.metricsUrl).host } })
    await Promise.all([901, 902, 903].map(id => shop(bot.user(id))))
    await bot.user(901).ask('добавь бананы', /Изменилось/) // a correction is no cart, anywhere
    await bot.user(901).ask('/help', /./)

    const same = async () => {
      const { numbers } = await reconcile(prometheus.url)
      return numbers.filter(n => n.postgres !== n.loki || n.postgres !== n.prometheus)
    }
    await expect.poll(same, { interval: 500 }).toEqual([])
    const before = await reconcile(prometheus.url)
    await database.sql(
      `with deleted as (delete from user_events where user_id = 902 and event_type = 'cart_created'
      returning user_id, created_at) insert into dirty_days select local_day(created_at, $1), array[user_id] from deleted`,
      [timeZone],
    )
    const after = await reconcile(prometheus.url)
    const kept = await database.sql('select number, cause from analytics.reconciliation where cause is not null')

    expect(before).toMatchObject({ agrees: true, sources: { loki: 'read', prometheus: 'read' } })
    expect(before.of('carts')).toMatchObject({ postgres: 3, loki: 3, prometheus: 3 })
    expect(before.of('messages')?.postgres).toBe(4)
    expect(before.of('tokens')?.postgres).toBeGreaterThan(100)
    expect(after.agrees).toBe(false)
    expect(after.of('carts')).toMatchObject({ postgres: 2, loki: 3, prometheus: 3, agrees: false })
    expect(after.of('carts')?.causes).toContain('row_missing')
    expect(kept).toEqual([{ number: 'carts', cause: expect.stringContaining('в PostgreSQL нет') }])
  })

  test('carts counted between the last scrape and a crash are missed, and the crash is named', async () => {
    const { reconcile, start } = await setup()
    const gate = await startGate()
    const prometheus = await startPrometheus({ targets: { bot: gate.address } })
    const counted = (n: number) =>
      expect
        .poll(() => prometheus.query('sum(bot_events_recorded_total{event_type="cart_created"})'))
        .toMatchObject([{ value: n }])

    const first = await start()
    gate.open(first.metricsUrl)
    await shop(first.user(911))
    await counted(1)
    gate.close()
    await shop(first.user(912))
    await shop(first.user(913))
    await expect.poll(async () => (await reconcile(prometheus.url)).of('carts')?.loki, { interval: 300 }).toBe(3)
    first.child.kill('SIGKILL')
    await first.exit
    const second = await start()
    gate.open(second.metricsUrl)
    await shop(second.user(914))
    await counted(1)
    await expect.poll(async () => (await reconcile(prometheus.url)).of('carts')?.loki, { interval: 300 }).toBe(4)
    const found = await reconcile(prometheus.url)

    expect(found.of('carts')).toMatchObject({ postgres: 4, loki: 4, prometheus: 2, agrees: false })
    // a scrape may meet a fact that is in flight, which then waited
    const causes = found.of('carts')?.causes.filter(cause => cause !== 'events_waited')
    expect(causes).toEqual(['day_not_over', 'restart', 'lost_scrape'])
  })
})

test('a place without an address is absent, not wrong, and with neither there is nothing to compare', async () => {
  const { url } = await createTestDatabase()
  const loki = await startLoki()
  const lines: string[] = []
  const run = (settings: Record<string, string>) =>
    runReconcile({
      args: [],
      env: { DATABASE_URL: url, NODE_ENV: 'test', ...settings },
      out: text => void lines.push(text),
      note: () => undefined,
      now: () => new Date(),
    })

  expect(await run({ LOKI_URL: loki.url })).toBe(true)
  expect(lines.join('\n')).toMatch(/Prometheus: не настроен/)
  await expect(run({})).rejects.toThrow('set LOKI_URL or PROMETHEUS_URL')
  await expect(run({ LOKI_URL: loki.url, LOG_LEVEL: 'warn' })).rejects.toThrow('LOG_LEVEL keeps the lines from Loki')
})

test.each([
  [['--date', '2026-02-30'], /YYYY-MM-DD/],
  [['--date', '2999-01-01'], /future/],
  [['yesterday'], /yesterday is not an option; --help/],
  [['--day', '2026-02-03'], /Unknown option '--day'; --help/],
])('%j is refused with what is expected', async (args, expected) => {
  const { url } = await createTestDatabase()
  const context = { env: { DATABASE_URL: url, NODE_ENV: 'test' }, out: () => undefined, note: () => undefined }

  await expect(runReconcile({ ...context, args, now: () => new Date() })).rejects.toThrow(expected)
})
