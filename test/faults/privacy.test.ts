import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { createClient } from '@redis/client'
import { expect, onTestFinished, test } from 'vitest'
import { createAnalytics } from '../../src/analytics/analytics.ts'
import { openDuckDb } from '../../src/analytics/archive/duck-db.ts'
import { cohortsChart } from '../../src/analytics/charts/cohorts-chart.ts'
import { dailyChart } from '../../src/analytics/charts/daily-chart.ts'
import { funnelChart } from '../../src/analytics/charts/funnel-chart.ts'
import { createLifecycle } from '../../src/analytics/lifecycle.ts'
import { runReport } from '../../src/cli/report.ts'
import { sandboxToken } from '../../src/sandbox/sandbox.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { alertmanagerPrograms, startAlertmanager } from '../support/alertmanager.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { replyJson, startHostileServer } from '../support/hostile-server.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { canaries, contentsBelow, dump, found, message } from './canaries.ts'
import { addressOf } from './database-server.ts'
import { type Fixture, pause, post, startFixture, until } from './fixture.ts'
import { isLong, report } from './results.ts'

const timeZone = 'Europe/Moscow'
const needles = Object.values(canaries)
/** What the model makes part of a query, in the words of the fake. */
const asked = { phone: '8-912-345-67-89', name: 'анны' }

/** What the numbers become for those who read them: reports in the terminal, the drawings handed to the renderer. */
async function readings({ db, url }: Pick<TestDatabase, 'db' | 'url'>): Promise<string[]> {
  const written: string[] = []
  const note = (text: string) => void written.push(text)
  const context = { env: { DATABASE_URL: url, NODE_ENV: 'test' }, out: note, note, now: () => new Date() }
  for (const what of ['summary', 'funnel', 'retention', 'sources', 'cohorts'])
    for (const how of [[], ['--json']]) await runReport({ ...context, args: [what, ...how] })
  const analytics = createAnalytics({ db, timeZone, now: () => new Date() })
  const period = await analytics.everything()
  return [
    ...written,
    dailyChart(await analytics.daily(period), { title: 'дни', today: analytics.today() }),
    funnelChart(await analytics.funnel(period, null), { title: 'воронка', today: analytics.today() }),
    cohortsChart(await analytics.cohorts(period), { title: 'когорты', today: analytics.today() }),
  ]
}

/** Every answer the operator can get in the chat. */
async function adminAnswers(fixture: Fixture, userId: number): Promise<string[]> {
  const admin = fixture.user(1)
  const reports = ['analytics', 'funnel', 'cohorts', 'sources', 'searches', 'survey', 'pitch', 'help']
  for (const command of [
    ...reports.map(name => `/admin_${name}`),
    `/admin_user ${userId}`,
    `/admin_funnel ${message}`,
  ]) {
    await admin.ask(command, /./)
  }
  return (await admin.messages()).filter(({ from }) => from === 'bot').map(({ text }) => text)
}

/** The rows of the files that the months before are written to. */
async function archives({ db, url }: Pick<TestDatabase, 'db' | 'url'>): Promise<string[]> {
  const dir = mkdtempSync(joinPath(tmpdir(), 'archive-'))
  const now = () => new Date(Date.now() + 14 * 31 * 24 * 3_600_000)
  const analytics = createAnalytics({ db, timeZone, now })
  await createLifecycle({ url, analytics, timeZone, log: silentLog, now, archive: { dir, drop: false } }).run()
  const duckDb = await openDuckDb(dir)
  const rows = await duckDb.query(`select * from read_parquet('${dir}/*.parquet')`)
  duckDb.close()
  rmSync(dir, { recursive: true })
  return rows.map(row => JSON.stringify(row))
}

test('personal data sent on every path is in no table, no log line, no metric and no spool file; nor are secrets', async () => {
  const { url, sql, db } = await createTestDatabase()
  const proxy = await startTcpProxy(addressOf(url))
  const through = new URL(url)
  through.port = String(proxy.port)
  const fixture = await startFixture({ DATABASE_URL: through.href, LOG_LEVEL: 'debug' })
  const toShop: Buffer[] = []
  const shop = new URL(fixture.settings.MCP_URL ?? '')
  shop.port = String((await startTcpProxy(addressOf(shop.href), chunk => void toShop.push(chunk))).port)
  const bot = await fixture.bot({ MCP_URL: shop.href })
  await bot.started()
  const anna = fixture.user(100)

  await anna.send(message) // before consent
  await anna.ask(`/start ${canaries.words}_${canaries.phoneDigits}`, /Согласие на обработку данных/)
  await anna.press(/Согласен/)
  await anna.reply(/берусь за ваш запрос|Согласие записано/)
  await anna.ask('собери корзину: молоко, хлеб', /Итого/)
  await anna.ask(`собери корзину: сыр, торт ${asked.phone}, печенье для ${asked.name}`, /Итого/)
  await until(
    'a search for the message',
    async () => (await sql(`select from user_events where metadata ->> 'query' like '%торт%'`)).length > 0,
  )
  await anna.send({ photo: true, caption: message })
  await anna.send({ text: message, chat: 'group' })
  await anna.send(`/admin_erase ${message}`)
  await anna.send(`/me ${message}`)
  await anna.ask('/help', /Как это работает/)
  const last = (await anna.messages()).at(-1)?.message_id ?? 0
  await post(`${fixture.url}/sandbox/chats/100/callbacks`, { message_id: last, data: canaries.words }).catch(
    () => undefined,
  )
  await anna.send('/survey')
  for (const label of [/Очень расстроюсь/, /Готовая корзина/]) await anna.press(label)
  await anna.reply(/Что улучшить/)
  await anna.ask(`звоните ${canaries.phone}, ${canaries.email}, карта ${canaries.card}`, /Спасибо/)
  for (const service of ['gigachat', 'shop'] as const) {
    await fixture.fault({ service, mode: 'status', status: 500 })
    await anna.ask(message, /^(?!🤔|🔎|📖|🔬|🧺|✍)/u)
    await fixture.heal()
  }
  await proxy.refuse()
  await anna.ask(message, /./)
  await anna.send(`/admin_stats ${message}`)
  await pause(500)
  const spooled = contentsBelow(fixture.dataDir)
  await proxy.accept()
  await until('everything is stored', async () => !/^bot_events_waiting\{[^}]*\} [1-9]/m.test(await bot.metrics()))

  const rows = await dump(sql)
  const lines = bot.output().split('\n')
  const metrics = (await bot.metrics()).split('\n')
  const answers = [...(await adminAnswers(fixture, 100)), ...(await readings({ db, url }))]
  const archived = await archives({ db, url })
  const sent = Buffer.concat(toShop).toString('utf8')
  const masked = rows.filter(row => !/product_search|survey_completed/.test(row)) // masked queries and feedback may stay
  const secrets = ['BOT_TOKEN', 'GIGACHAT_CREDENTIALS']
    .map(key => fixture.settings[key] ?? '')
    .concat(new URL(url).password)
  report({
    area: 'Privacy',
    fault: 'marked personal data on every path',
    times: 14,
    saw: `searched: ${rows.length} rows, ${lines.length} log lines, ${metrics.length} metric lines, ${spooled.length} files, ${answers.length} reports, drawings and answers to the operator, ${archived.length} archived lines`,
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  // both searches were stored; that none holds what was planted is asserted below
  expect(rows.some(row => row.includes('торт')) && rows.some(row => row.includes('печенье'))).toBe(true)
  expect(sent).toContain('торт')
  expect(found([sent], [...needles, ...Object.values(asked)])).toEqual([])
  expect(found([...rows, ...lines, ...spooled], Object.values(asked))).toEqual([])
  expect(spooled.length).toBeGreaterThan(1)
  expect(archived.some(line => line.includes('survey_completed'))).toBe(true)
  expect(answers.some(text => text.includes('[phone]'))).toBe(true) // feedback is shown to the operator, masked
  expect(found(answers, needles)).toEqual([])
  expect(found(archived, needles)).toEqual([])
  expect(found(masked, needles)).toEqual([])
  expect(found(rows, [canaries.phone, canaries.phoneDigits, canaries.email, canaries.card])).toEqual([])
  expect(found([...lines, ...metrics], needles)).toEqual([])
  expect(
    found(
      spooled.filter(file => !file.includes('product_search')),
      needles,
    ),
  ).toEqual([])
  expect(
    found(
      [...lines, ...metrics, ...spooled, ...rows],
      secrets.filter(secret => secret !== ''),
    ),
  ).toEqual([])
})

test('what services quote of a user in their errors is in no line, event or answer', async () => {
  const { url, sql } = await createTestDatabase()
  const quoting = await startHostileServer()
  onTestFinished(quoting.close)
  const error = { error: { code: -32_000, message, data: message }, message, description: message }
  for (const path of ['/mcp', '/chat/completions', '/oauth'])
    quoting.plan(path, replyJson(500, error), replyJson(400, error), replyJson(422, { jsonrpc: '2.0', ...error }))
  const fixture = await startFixture({ DATABASE_URL: url, LOG_LEVEL: 'debug' })
  const ask = async (settings: Record<string, string>, user: number) => {
    const bot = await fixture.bot(settings)
    await bot.started()
    await fixture.user(user).join()
    await fixture.user(user).ask(`собери корзину: ${message}`, /код/i)
    bot.child.kill('SIGTERM')
    await bot.exit
    return bot.output().split('\n')
  }

  const ways: Record<string, string>[] = [
    { GIGACHAT_API_URL: quoting.url },
    ...(isLong ? [{ MCP_URL: `${quoting.url}/mcp` }, { GIGACHAT_AUTH_URL: `${quoting.url}/oauth` }] : []),
  ]

  const lines: string[] = []
  for (const [i, settings] of ways.entries()) lines.push(...(await ask(settings, 100 + i)))

  const events = (await dump(sql)).filter(row => !row.includes('product_search'))
  const answers = (await Promise.all(ways.map((_, i) => fixture.user(100 + i).messages())))
    .flat()
    .filter(({ from }) => from === 'bot')
    .map(({ text }) => text)
  expect(quoting.received.length).toBeGreaterThan(0)
  expect(await sql(`select from user_events where event_type = 'bot_error'`)).toHaveLength(ways.length)
  expect(found([...lines, ...events, ...answers], needles)).toEqual([])
})

test('personal data that the model itself puts into a search is masked in the event, in the lines and for the shop', async () => {
  const { url, sql } = await createTestDatabase()
  const model = await startHostileServer()
  onTestFinished(model.close)
  const says = (message: object, finish_reason: string) =>
    replyJson(200, {
      choices: [{ index: 0, message: { role: 'assistant', content: '', ...message }, finish_reason }],
      created: 1,
      model: 'GigaChat-2-Max',
      object: 'chat.completion',
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, precached_prompt_tokens: 0 },
    })
  const queries = [`торт ${canaries.phone}`, `пирог для ${canaries.email}`]
  model.plan(
    '/chat/completions',
    says({ function_call: { name: 'vkusvill_products_search', arguments: { queries } } }, 'function_call'),
    says({ content: `Нашёл торт, позвоню на ${canaries.phone}` }, 'stop'),
  )
  const toShop: Buffer[] = []
  const fixture = await startFixture({ DATABASE_URL: url, LOG_LEVEL: 'debug', GIGACHAT_API_URL: model.url })
  const shop = new URL(fixture.settings.MCP_URL ?? '')
  shop.port = String((await startTcpProxy(addressOf(shop.href), chunk => void toShop.push(chunk))).port)
  const bot = await fixture.bot({ MCP_URL: shop.href })
  await bot.started()
  await fixture.user(100).join()
  await fixture.user(100).ask('собери что-нибудь к чаю', /Нашёл торт/)
  await until(
    'both searches are stored',
    async () => (await sql(`select from user_events where event_type = 'product_search'`)).length === 2,
  )

  const stored = await sql(
    `select metadata ->> 'query' as query from user_events where event_type = 'product_search' order by 1`,
  )
  const sent = Buffer.concat(toShop).toString('utf8')

  expect(stored).toEqual([{ query: 'пирог для [email]' }, { query: 'торт [phone]' }])
  expect(sent).toContain('торт')
  expect(found([sent, ...bot.output().split('\n'), ...(await dump(sql))], [canaries.phone, canaries.email])).toEqual([])
})

test.runIf(alertmanagerPrograms.wanted)(
  `an alert whose labels hold a user's words does not say them in the chat${alertmanagerPrograms.note}`,
  async () => {
    const fixture = await startFixture({})
    const operator = fixture.user(1)
    await operator.send('/start')
    const telegram = { apiUrl: fixture.url, token: sandboxToken, chatId: 1 }
    const { url } = await startAlertmanager({ telegram, waitMs: 100 })

    await post(`${url}/api/v2/alerts`, [
      {
        // of a component that Alertmanager reports itself
        labels: {
          alertname: 'BotDown',
          component: 'process',
          severity: 'critical',
          query: message,
          user: canaries.phone,
        },
        annotations: {
          summary: 'Бот не работает',
          description: 'Посмотрите',
          words: message,
          runbook_url: 'docs/operations.md',
        },
        generatorURL: `http://prometheus.example/?q=${encodeURIComponent(canaries.email)}`,
      },
    ])
    const alert = await operator.reply(/Бот не работает/)

    expect(found([alert.text, decodeURIComponent(JSON.stringify(alert))], needles)).toEqual([])
  },
)

const waysToErase: [command: string, state: string][] = [
  ...(isLong ? [['/delete_me', 'stored'] satisfies [string, string]] : []),
  ['/delete_me', 'PostgreSQL down'],
  ['/admin_erase', 'stored'],
]

test.runIf(redisWanted).each(waysToErase)(
  `after %s (%s) the user is in no table, not in Redis, not in the spool, not in memory, and has a receipt${redisNote}`,
  async (command, state) => {
    const userId = 777_123_456
    const { url, sql } = await createTestDatabase()
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const proxy = await startTcpProxy(addressOf(url))
    const through = new URL(url)
    through.port = String(proxy.port)
    const fixture = await startFixture({ DATABASE_URL: through.href, REDIS_URL: redis.url })
    const bot = await fixture.bot()
    await bot.started()
    const [user, friend, admin] = [fixture.user(userId), fixture.user(101), fixture.user(1)]
    await user.join('habr')
    await user.reply(/Согласие записано/)
    await friend.join(`ref_${userId}`)
    await user.ask('собери корзину: молоко, хлеб', /Итого/)
    const before = found(await dump(sql), [String(userId)])
    const client = createClient({ url: redis.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    // what counts messages lives a minute, what keeps their order 15 s
    const kept = (key: string) => key.includes(String(userId)) && !/^throttle|^vv:turn/.test(key)
    const keysBefore = (await client.keys('*')).filter(kept)
    // consent withdrawn, so that the next words wait in memory
    await user.ask('/privacy', /Ваши данные/)
    await user.press(/Отозвать/)
    await user.reply(/Согласие отозвано/)
    await user.ask(message, /Согласие на обработку данных/)
    if (state === 'PostgreSQL down') await proxy.refuse()

    if (command === '/delete_me') {
      await user.send('/delete_me')
      await user.press(/Да, удалить/)
      await user.press(/Точно удалить/)
    } else {
      await admin.ask(`/admin_erase ${userId}`, /Удалить все данные/)
      await admin.press(/Да, удалить/)
      await admin.reply(/Человек получил подтверждение/)
    }
    const receipt = await user.reply(/Ваши данные удалены|Запрос на удаление записан/)
    await proxy.accept()
    await until('everything is stored', async () => !/^bot_events_waiting\{[^}]*\} [1-9]/m.test(await bot.metrics()))
    await until('no row names the user', async () => found(await dump(sql), [String(userId)]).length === 0)

    const spooled = contentsBelow(joinPath(fixture.dataDir, 'spool'))
    const keys = (await client.keys('*')).filter(kept)
    await user.press(/Согласен/) // the waiting text was erased: nothing is answered
    const consent = await user.reply(/^Спасибо! Согласие записано/, receipt.message_id)
    report({
      area: 'Privacy',
      fault: `${command}, ${state}`,
      times: 1,
      saw: 'a receipt with what went and what stays',
      lost: 0,
      doubled: 0,
      recoveryS: null,
      alert: null,
      note: `searched: every row of every table, Redis, the spool (${spooled.length} files), texts waiting in memory`,
    })
    expect(before.length).toBeGreaterThan(3)
    expect(keysBefore).not.toEqual([])
    expect(keys).toEqual([])
    expect(found(spooled, [String(userId), ...needles])).toEqual([])
    expect(consent.text).toContain('Напишите, что собрать')
    expect(receipt.text).toContain('30 дней')
    expect(receipt.text).toMatch(/журналы/)
  },
)

test('who is no administrator gets nothing by any form of the commands, nor an administrator by a stranger’s form', async () => {
  const { url, sql } = await createTestDatabase()
  const fixture = await startFixture({ DATABASE_URL: url })
  const bot = await fixture.bot()
  await bot.started()
  const [eve, victim, admin] = [fixture.user(100), fixture.user(101), fixture.user(1)]
  await Promise.all([eve, victim, admin].map(user => user.join()))
  const date = Math.floor(Date.now() / 1000)
  const chatOf = (id: number) => ({ id, type: 'private' })
  const group = { id: -1_001_000_000_001, type: 'supergroup' }
  const from = { id: 100, is_bot: false, first_name: 'Ева' }
  const boss = { id: 1, is_bot: false, first_name: 'Админ' }
  const forwarded = { type: 'user', date, sender_user: boss }
  const pressedNow = `admin_erase_101_${date.toString(36)}`
  let sent = 0
  const inject = async (update: object) => {
    sent += 1
    await post(`${fixture.url}/sandbox/updates`, update)
  }
  const press = (who: object, data: string, chat: object) =>
    inject({
      callback_query: {
        ...{ id: `${sent}`, from: who, chat_instance: '1', data },
        message: { message_id: 1, date, chat, from: boss, text: data },
      },
    })

  for (const text of [
    '/admin_analytics',
    '/admin_erase 101',
    '/admin_block 101',
    '\u200B/admin_erase 101',
    '／admin_block 101',
    '/ADMIN_BLOCK 101',
    '/admin_block@vkusvill_sandbox_bot 101',
    '/admin_block@other_bot 101',
  ]) {
    const message = { message_id: 900, date, text }
    await inject({ message: { ...message, from, chat: chatOf(100) } })
    await inject({ message: { ...message, from, chat: chatOf(100), forward_origin: forwarded } })
    await inject({ message: { ...message, from, chat: chatOf(100), via_bot: boss, sender_chat: group } })
    await inject({ message: { ...message, from, chat: chatOf(1) } }) // a chat id is no proof of who writes
    await inject({ message: { ...message, from, chat: group } })
    await inject({ message: { ...message, from: { ...boss, is_bot: true }, chat: chatOf(1) } })
    await inject({ message: { message_id: 900, date, from, chat: chatOf(100), photo: [], caption: text } })
    for (const kind of ['edited_message', 'channel_post', 'edited_channel_post', 'business_message', 'inline_query'])
      await inject({
        [kind]: { ...message, from: kind === 'edited_message' ? boss : from, chat: chatOf(1), query: text },
      })
    await press(from, text, chatOf(100))
    // the administrator's own, but not as a message of their own to this bot
    await inject({ message: { ...message, from: boss, chat: group } })
    await inject({ message: { ...message, from: boss, chat: chatOf(1), forward_origin: forwarded } })
    if (text.includes('@other_bot')) await inject({ message: { ...message, from: boss, chat: chatOf(1) } })
  }
  await press(from, pressedNow, chatOf(100))
  await press(from, pressedNow, chatOf(1))
  await press(from, pressedNow, group)
  await press(boss, pressedNow, group)
  await press({ ...boss, is_bot: true }, pressedNow, chatOf(1))
  await admin.ask('/help', /Как это работает/)
  await eve.ask('/help', /Как это работает/)

  const shown = [...(await eve.messages()), ...(await admin.messages())]
    .filter(message => message.from === 'bot')
    .map(({ text }) => text)
    .join('\n')
  const inGroup = await (await fetch(`${fixture.url}/sandbox/chats/${group.id}/messages`)).text()
  report({
    area: 'Privacy',
    fault: 'administrator commands in forms that are none',
    times: sent,
    saw: 'refusals, or nothing; no number was shown, no user blocked or erased',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(`${shown}${inGroup}`).not.toMatch(/DAU|Новых|GMV|Удалить все данные человека|Данные 101|Заблокирован/)
  expect(shown).toMatch(/доступна только администратору/)
  expect(bot.output()).not.toContain('"admin_action"')
  expect(await sql('select from users where user_id = 101 and blocked_at is null')).toHaveLength(1)
})
