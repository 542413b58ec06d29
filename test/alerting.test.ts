import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createSandbox, sandboxToken } from '../src/sandbox/sandbox.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { alertmanagerPrograms, copyAlertmanagerConfig, startAlertmanager } from './support/alertmanager.ts'
import { createTestUser, startTestBot, type TestUser } from './support/bot.ts'
import { freePort } from './support/programs.ts'
import { prometheusDir, prometheusPrograms, runTool, startPrometheus } from './support/prometheus.ts'

const admin = 1
const telegram = (apiUrl: string) => ({ apiUrl, token: sandboxToken, chatId: admin })

interface GivenAlert {
  labels: Record<string, string>
  annotations?: Record<string, string>
  endsAt?: string
}

const Silences = z.array(z.object({ matchers: z.array(z.object({ name: z.string(), value: z.string() })) }))
const Held = z.array(z.object({ labels: z.object({ alertname: z.string() }), status: z.object({ state: z.string() }) }))

/** A real Alertmanager, the sandbox's Telegram, and the operator in it. */
async function setup({ waitMs }: { waitMs: number }) {
  const sandbox = await createSandbox({ log: silentLog, now: () => new Date() }).listen(0)
  onTestFinished(() => sandbox.close())
  const operator = createTestUser(sandbox.url, admin)
  await operator.send('/start')
  const alertmanager = await startAlertmanager({ telegram: telegram(sandbox.url), waitMs })
  const post = async (alerts: GivenAlert[]) => {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    expect(response.status, await response.text()).toBe(200)
  }
  const held = async () => {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`)
    const alerts = Held.parse(await response.json())
    return Object.fromEntries(alerts.map(({ labels, status }) => [labels.alertname, status.state]))
  }
  return { operator, post, held }
}

const fromBot = async (operator: TestUser) => (await operator.messages()).filter(({ from }) => from === 'bot')

describe.runIf(alertmanagerPrograms.wanted)(`Alertmanager${alertmanagerPrograms.note}`, () => {
  test('accepts the configuration', () => {
    const { file } = copyAlertmanagerConfig({ telegram: telegram('https://api.telegram.org') })

    const { ok, output } = runTool('amtool', ['check-config', file])

    expect(ok, output).toBe(true)
  })

  test.each([
    ['telegram', ['severity=critical', 'alertname=BotDown', 'component=process']],
    ['telegram-quiet', ['severity=warning', 'alertname=TargetDown', 'component=monitoring']],
    ['bot', ['severity=critical', 'alertname=GigaChatFailing', 'component=gigachat']],
    ['bot', ['severity=warning', 'alertname=LogsWaiting', 'component=logs']],
    ['heartbeat', ['severity=info', 'alertname=Watchdog']],
  ])('%s gets %s', (receiver, labels) => {
    const { file } = copyAlertmanagerConfig({ telegram: telegram('https://api.telegram.org') })

    const { output } = runTool('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...labels])

    expect(output.split('\n')[0]).toBe(receiver)
  })

  test('sends one message for sixty alerts with long and hostile texts, whole and well-formed', async () => {
    // long enough for all of them to be in the group before it is sent
    const { operator, post } = await setup({ waitMs: 2_000 })
    const hostile = `<b>&"'+</i> ${'очень длинно 🛒 '.repeat(200)}`

    await post(
      Array.from({ length: 60 }, (_, i) => ({
        labels: {
          alertname: 'TargetDown',
          component: 'monitoring',
          env: 'production',
          severity: 'critical',
          reason: `${i}`,
        },
        annotations: {
          summary: hostile,
          description: hostile,
          runbook_url: 'docs/runbook.md#eventslost',
          dashboard_url: '/d/bot-health',
        },
      })),
    )

    const { text } = await operator.reply(/всего таких тревог: 60/)
    expect(text.match(/🔥/g)).toHaveLength(3)
    expect(text).toMatch(/TargetDown · production$/)
    expect(await fromBot(operator)).toHaveLength(1)
  })

  test.each([
    ['GigaChat fails', 'GigaChatFailing', 'gigachat', ['AnswersErrorBudgetFastBurn', 'RepliesSlow', 'NoCarts']],
    ['the bot is down', 'BotDown', 'process', ['GigaChatFailing', 'EventsWaiting', 'AnswersErrorBudgetFastBurn']],
    ['PostgreSQL is down', 'PostgresDown', 'postgres', ['EventsWaiting', 'DatabasePoolExhausted', 'RepliesSlow']],
  ])('while %s its symptoms are held back', async (_what, cause, component, symptoms) => {
    const { post, held } = await setup({ waitMs: 100 })
    const components: Record<string, string> = {
      NoCarts: 'carts',
      EventsWaiting: 'events',
      DatabasePoolExhausted: 'postgres',
      GigaChatFailing: 'gigachat',
    }
    const alert = (alertname: string, component: string, severity: string) => ({
      labels: { alertname, component, severity, ...(component === 'process' ? { job: 'bot' } : { env: 'production' }) },
    })

    await post([
      alert(cause, component, 'critical'),
      ...symptoms.map(name => alert(name, components[name] ?? 'answers', 'warning')),
      alert('LogsLost', component === 'process' ? 'monitoring' : 'logs', 'warning'),
    ])

    await expect.poll(held).toEqual({
      [cause]: 'active',
      LogsLost: 'active',
      ...Object.fromEntries(symptoms.map(name => [name, 'suppressed'])),
    })
  })

  test('another environment is not held back', async () => {
    const { post, held } = await setup({ waitMs: 100 })

    await post([
      { labels: { alertname: 'GigaChatFailing', component: 'gigachat', severity: 'critical', env: 'production' } },
      { labels: { alertname: 'NoCarts', component: 'carts', severity: 'warning', env: 'staging' } },
    ])

    await expect.poll(held).toEqual({ GigaChatFailing: 'active', NoCarts: 'active' })
  })
})

const wanted = prometheusPrograms.wanted && alertmanagerPrograms.wanted
describe.runIf(wanted)(`from failure to message${prometheusPrograms.note}${alertmanagerPrograms.note}`, () => {
  test('a failing GigaChat reaches the chat of the operator through the bot; then that it is over', async () => {
    const address = `127.0.0.1:${await freePort()}`
    const token = 'receiver-token-of-the-test'
    const url = `http://${address}`
    const bot = await startTestBot({ ALERTMANAGER_URL: url, ALERT_RECEIVER_TOKEN: token })
    const operator = bot.user(admin)
    await operator.join()
    const users = [2, 3, 4, 5].map(bot.user)
    await Promise.all(users.map(user => user.join()))
    const before = (await operator.messages()).at(-1)?.message_id
    const receiver = { url: new URL('/alerts', bot.metricsUrl).href, token }
    await startAlertmanager({ telegram: telegram(bot.url), bot: receiver, address, waitMs: 500 })
    const prometheus = await startPrometheus({
      targets: { bot: new URL(bot.metricsUrl).host },
      alertmanager: address,
      // minutes become seconds, but not for what may be missing until the first scrape
      rewrite: rules =>
        rules.includes('alert: BotDown')
          ? rules
          : rules.replaceAll('[5m]', '[15s]').replaceAll(/for: \d+[ms]/g, 'for: 2s'),
    })
    const measured = async () => (await prometheus.query('env:bot_messages:rate5m')).length
    await expect.poll(measured).toBe(1)

    await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'status', status: 500 })
    await Promise.all(users.map(user => user.ask('молоко и хлеб', /GigaChat сейчас не отвечает/)))

    const { text } = await operator.reply(/^🔥 GigaChat/, before)
    expect(text).toMatch(/^🔥 GigaChat не отвечает\nС (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\), уже .+\n/)
    expect(text).toMatch(/Не удались [\d,]+\s% сообщений\. За 5 минут без ответа: \d\sчеловека?\./)
    expect(text).toMatch(/\nПервым делом: статус GigaChat, причины отказов, сертификат\.$/)

    await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'none' })
    await Promise.all(users.map(user => user.ask('молоко и хлеб', /Итого/)))
    await operator.reply(
      /^✅ Прошло: GigaChat не отвечает, длилось .+ – с (?:\d+\s[а-я]+\s)?\d\d:\d\d до (?:\d+\s[а-я]+\s)?\d\d:\d\d \(мск\)/,
      before,
    )
    const alerts = (await operator.messages(before)).filter(({ from }) => from === 'bot')
    expect(alerts.filter(message => /Прошло/.test(message.text))).toHaveLength(1)
  })

  test('«Молчать час» under what Alertmanager reports is a silence there', async () => {
    const address = `127.0.0.1:${await freePort()}`
    const token = 'receiver-token-of-the-test'
    const url = `http://${address}`
    const bot = await startTestBot({ ALERTMANAGER_URL: url, ALERT_RECEIVER_TOKEN: token })
    const operator = bot.user(admin)
    await operator.send('/start')
    const receiver = { url: new URL('/alerts', bot.metricsUrl).href, token }
    await startAlertmanager({ telegram: telegram(bot.url), bot: receiver, address, waitMs: 100 })
    await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          labels: { alertname: 'LogsWaiting', severity: 'warning', component: 'logs', env: 'test' },
          annotations: { summary: 'Логи ждут' },
        },
      ]),
    })
    await operator.reply(/^⚠️ Логи ждут/)

    await operator.press(/Молчать час/)

    const silences = async () => {
      const response = await fetch(`${url}/api/v2/silences`)
      const all = Silences.parse(await response.json())
      return all.map(({ matchers }) => matchers.map(({ name, value }) => `${name}=${value}`))
    }
    await expect.poll(silences).toEqual([['alertname=LogsWaiting', 'env=test']])
  })
})

test('the token and the chat are read from files, nothing of them stands in the configuration', () => {
  const text = readFileSync(join(prometheusDir, 'alertmanager.yml'), 'utf8')

  expect(text.match(/bot_token_file: \/run\/secrets\//g)).toHaveLength(2)
  expect(text.match(/chat_id_file: \/run\/secrets\//g)).toHaveLength(2)
  expect(text).not.toMatch(/bot_token:|chat_id:|\d{6,}:/)
})
