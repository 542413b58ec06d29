import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { expect, test } from 'vitest'
import { runReport } from '../../src/cli/report.ts'
import { runBot } from '../support/bot-process.ts'
import { createTestDatabase } from '../support/database.ts'
import { contentsBelow, found } from './canaries.ts'
import { startFixture, until } from './fixture.ts'
import { isLong, report } from './results.ts'

/** One for every place that takes one, so that whatever leaks is known. */
const planted = {
  botToken: '123456789:LEAKED-bot-token-abcdefghijklmnop',
  gigaChat: Buffer.from('leaked-client-id:LEAKED-gigachat-secret').toString('base64'),
  database: 'LEAKED-database-password',
  redis: 'LEAKED-redis-password',
  loki: 'LEAKED-loki-password',
  prometheus: 'LEAKED-prometheus-password',
  shop: 'LEAKED-shop-password',
  telegram: 'LEAKED-telegram-password',
  webhook: 'LEAKED-webhook-secret',
  idHash: 'LEAKED-id-hash-key-of-thirty-two-characters',
  grafana: 'LEAKED-grafana-reader',
  metabase: 'LEAKED-metabase-reader',
}
const nowhere = '127.0.0.1:1'
const everything = {
  BOT_TOKEN: planted.botToken,
  GIGACHAT_CREDENTIALS: planted.gigaChat,
  DATABASE_URL: `postgres://bot:${planted.database}@${nowhere}/bot`,
  REDIS_URL: `redis://default:${planted.redis}@${nowhere}`,
  LOKI_URL: `http://bot:${planted.loki}@${nowhere}`,
  PROMETHEUS_URL: `http://bot:${planted.prometheus}@${nowhere}`,
  MCP_URL: `http://bot:${planted.shop}@${nowhere}/mcp`,
  TELEGRAM_API_URL: `http://bot:${planted.telegram}@${nowhere}`,
  WEBHOOK_URL: `https://${planted.telegram}.example/hook`,
  WEBHOOK_SECRET: planted.webhook,
  ID_HASH_KEY: planted.idHash,
  GRAFANA_DB_PASSWORD: planted.grafana,
  METABASE_DB_PASSWORD: planted.metabase,
  NODE_ENV: 'production',
}
/** Each in the forms it may take when sent: as it is, in a URL, in an Authorization header. */
const needles = Object.values(planted).flatMap(secret => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(`bot:${secret}`).toString('base64'),
])
const dataDir = () => mkdtempSync(joinPath(tmpdir(), 'secrets-'))

test.each<[string, Record<string, string>]>([
  // a database that is only down is waited for, for a minute
  ...(isLong ? [['the database cannot be reached', {}] satisfies [string, Record<string, string>]] : []),
  ['a port of a URL is none', { DATABASE_URL: `postgres://bot:${planted.database}@127.0.0.1:99999/bot` }],
  ['every setting is wrong', Object.fromEntries(Object.entries(everything).map(([key, value]) => [key, `!${value}!`]))],
])('a start that fails because %s names no secret', async (_why, settings) => {
  const bot = runBot({ ...everything, ...settings, DATA_DIR: dataDir() })

  const code = await bot.exit

  expect(code).toBe(1)
  expect(bot.output()).not.toBe('')
  expect(found([bot.output()], needles)).toEqual([])
})

test('a report that fails names no secret', async () => {
  const output: string[] = []
  const say = (text: string) => void output.push(text)
  const env = { ...everything, DATABASE_URL: `postgres://bot:${planted.database}@127.0.0.1:99999/bot` }
  const context = { args: ['summary'], env, out: say, note: say, now: () => new Date() }

  const failure = await runReport(context).catch((err: unknown) => err)

  expect(failure).toBeInstanceOf(Error)
  expect(found([...output, String(failure), failure instanceof Error ? (failure.stack ?? '') : ''], needles)).toEqual(
    [],
  )
})

test('a bot whose services all fail names no secret in its lines, metrics, answers and files', async () => {
  const { url } = await createTestDatabase()
  const { REDIS_URL, LOKI_URL, PROMETHEUS_URL, MCP_URL, ID_HASH_KEY, GRAFANA_DB_PASSWORD } = everything
  const fixture = await startFixture({
    ...{ REDIS_URL, LOKI_URL, PROMETHEUS_URL, MCP_URL, ID_HASH_KEY, GRAFANA_DB_PASSWORD },
    ...{ DATABASE_URL: url, LOG_LEVEL: 'debug' },
  })
  const bot = await fixture.bot()
  await bot.started()
  const anna = fixture.user(100)
  await anna.join()
  await anna.ask('собери корзину: молоко, хлеб', /код/i)
  await fixture.fault({ service: 'gigachat', mode: 'status', status: 401 })
  await anna.ask('собери корзину: сыр', /код/i)
  await fixture.heal()
  await fixture.fault({ service: 'telegram', mode: 'reset' })
  await anna.send('/help') // ends the pending long poll
  await until('a call of Telegram has failed', async () => bot.output().includes('"upstream":"telegram"'))
  await fixture.heal()

  const answers = await Promise.all(
    ['/metrics', '/ready', '/health', '/nowhere'].map(async path => (await fetch(bot.metricsUrl + path)).text()),
  )
  bot.child.kill('SIGTERM')
  await bot.exit
  const lines = bot.output().split('\n')
  const files = contentsBelow(fixture.dataDir)
  const own = ['BOT_TOKEN', 'GIGACHAT_CREDENTIALS'].map(key => fixture.settings[key] ?? '')

  report({
    area: 'Privacy',
    fault: 'secrets in every setting while every service fails',
    times: 1,
    saw: `searched: ${lines.length} log lines, ${answers.join('\n').split('\n').length} lines of metrics and readiness, ${files.length} files`,
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(own.every(secret => secret.length > 10)).toBe(true)
  expect(new URL(url).password.length).toBeGreaterThan(10)
  expect(files.length).toBeGreaterThan(0)
  expect(found([...lines, ...answers, ...files], [...needles, ...own, new URL(url).password])).toEqual([])
})
