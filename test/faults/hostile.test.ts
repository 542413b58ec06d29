import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { startApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { eventTypes } from '../../src/events/catalogue.ts'
import type { ScriptedReply } from '../../src/sandbox/gigachat/scripted-reply.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { createPerson } from '../support/bot.ts'
import { createTestDatabase } from '../support/database.ts'
import { replyJson, startHostileServer } from '../support/hostile-server.ts'
import { pause, startLab } from './lab.ts'
import { isLong, report } from './results.ts'

const seed = 20
const secret = 'a-secret-of-the-webhook'
const traps = [
  '\u202Etxet',
  'a\u0000b',
  '\uD800',
  '‮<b>',
  '👨‍👩‍👧‍👦'.repeat(50),
  '<a href="https://evil.example">x</a>',
  `/start ${'x'.repeat(70)}`,
  '/admin_erase 1',
  '/delete_me@other_bot',
  '%s%n',
  "'; drop table users; --",
  '{{constructor}}',
  '\u200B/admin_stats',
  '',
]
const text = fc.oneof(
  fc.constantFrom(...traps),
  fc.string({ maxLength: 50 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
)
const anything = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.integer(), { maxKeys: 3 }),
  fc.constantFrom(2 ** 53, -1, 0, 1e308),
)
const or = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 5, arbitrary: usual },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
const userId = fc.integer({ min: 200, max: 260 })
const user = fc.record({ id: or(userId), is_bot: or(fc.boolean()), first_name: or(text), username: or(text) })
const chat = fc.record({ id: or(userId), type: or(fc.constantFrom('private', 'group', 'supergroup', 'channel')) })
const message = fc.record({
  ...{
    message_id: or(fc.integer()),
    date: or(fc.integer({ min: 0, max: 4_000_000_000 })),
    from: or(user),
    chat: or(chat),
  },
  ...{
    text: or(text),
    caption: or(text),
    entities: or(fc.array(fc.anything(), { maxLength: 2 })),
    photo: anything,
    sticker: anything,
  },
  ...{ forward_origin: anything, reply_to_message: anything, via_bot: anything },
})
const data = fc.oneof(
  text,
  fc.constantFrom(
    'erase_now_zzzzzz',
    'consent_yes_',
    'survey_pmf_very',
    'survey_done',
    'admin_erase_1',
    'invite_show',
    'erase_sure_'.repeat(9),
  ),
)
const callback = fc.record({
  id: or(fc.string()),
  from: or(user),
  message: or(message),
  chat_instance: or(fc.string()),
  data: or(data),
})
const body = fc.oneof(
  ...['message', 'edited_message', 'channel_post', 'my_chat_member', 'inline_query'].map(key =>
    message.map(value => ({ [key]: value })),
  ),
  callback.map(value => ({ callback_query: value })),
  fc.dictionary(fc.string({ maxLength: 10 }), anything, { maxKeys: 3 }),
)

const updates = isLong ? 10_000 : 200

test(`${updates} generated updates over the webhook: no crash, no error, others are served`, async () => {
  const { url, sql } = await createTestDatabase()
  const port = String(38_000 + Math.floor(Math.random() * 2000))
  const hook = `http://127.0.0.1:${port}/hook`
  const lab = await startLab({ DATABASE_URL: url, WEBHOOK_URL: hook, WEBHOOK_SECRET: secret, HTTP_PORT: port })
  const bot = await lab.bot()
  await bot.started()
  const bodies = fc.sample(body, { numRuns: updates, seed })
  const statuses = new Map<number, number>()
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret }
  const sendFrom = async (first: number) => {
    for (let i = first; i < bodies.length; i += 20) {
      const request = { method: 'POST', headers, body: JSON.stringify({ ...bodies[i], update_id: 1000 + i }) }
      const { status } = await fetch(hook, request)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, i) => sendFrom(i)))
  const refused = [
    await fetch(hook, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
    await fetch(hook, {
      method: 'POST',
      body: '{}',
      headers: { ...headers, 'x-telegram-bot-api-secret-token': `${secret}x` },
    }),
    await fetch(hook, { method: 'POST', body: '{', headers }),
    await fetch(hook, { method: 'POST', body: JSON.stringify({ text: 'x'.repeat(2_000_000) }), headers }),
    await fetch(`http://127.0.0.1:${port}/metrics`),
    await fetch(`http://127.0.0.1:${port}/health`),
  ].map(({ status }) => status)
  const anna = lab.person(500)
  await anna.join()
  await anna.ask('собери корзину: молоко, хлеб', /Итого/)

  const output = bot.output()
  const types = (await sql<{ event_type: string }>('select distinct event_type from user_events')).map(
    row => row.event_type,
  )
  report({
    area: 'Hostile input',
    fault: 'generated updates over the webhook',
    times: updates,
    saw: 'whoever writes in between is served',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(bot.child.exitCode).toBeNull()
  expect([...statuses.keys()]).toEqual([200])
  expect(refused).toEqual([401, 401, 400, 413, 404, 404])
  expect(output).not.toContain('uncaught_error')
  expect(output.split('\n').filter(line => line.includes('"update_failed"'))).toEqual([])
  expect(output.split('\n').filter(line => /"upstream_failed".*"status":400/.test(line))).toEqual([])
  expect(types.filter(type => !eventTypes.some(known => known === type))).toEqual([])
}, 600_000)

const foreign = [
  'https://evil.example/pay',
  'evil.xyz/x',
  'http://vkusvill.ru.evil.dev',
  'tg://resolve?domain=evil',
  'https://vkusvill.ru@evil.com',
  '@evil_helper_bot',
  'hxxps://evil[.]com https://xn--e1awd7f.com/#https://vkusvill.ru',
]
const words = fc.oneof(
  text,
  fc.constantFrom(...foreign).map(link => `Ваша корзина готова: <a href="${link}">открыть</a> [тут](${link}) ${link}`),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '<b>не закрыт',
    '&lt;b&gt;&#0;&#x110000;',
    '**жирно** __тут__',
    'я'.repeat(1_000_000),
  ),
)
const tools = fc.constantFrom(
  'vkusvill_products_search',
  'vkusvill_cart_link_create',
  'vkusvill_product_details',
  'recipe_ingredients',
  'drop_tables',
  '',
)
const calls = fc.record({
  kind: fc.constant('call' as const),
  name: tools,
  arguments: fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      { products: [{ xml_id: -1, q: 1e9 }] },
      { products: 'всё' },
      { q: 'x'.repeat(100_000) },
      { query: null },
    ),
  ),
})
const reply: fc.Arbitrary<ScriptedReply> = fc.oneof(
  words.map(said => ({ kind: 'text' as const, text: said })),
  calls,
  fc.jsonValue().map(value => ({ kind: 'json' as const, body: value })),
  fc.constantFrom(
    { kind: 'garbage' as const },
    { kind: 'blacklist' as const },
    { kind: 'status' as const, status: 422 },
    { kind: 'text' as const, text: '', finishReason: 'error' },
  ),
)

/** The bot in this process, its model scripted. */
async function startScripted(settings: Record<string, string> = {}) {
  const { url, sql } = await createTestDatabase()
  const sandbox = createSandbox({ log: silentLog, now: () => new Date() })
  const running = await sandbox.listen(0)
  onTestFinished(() => running.close())
  const app = await startApp(
    loadConfig({
      ...running.settings(),
      ...{ DATABASE_URL: url, DATA_DIR: mkdtempSync(joinPath(tmpdir(), 'hostile-')), METRICS_PORT: '0' },
      ...{ LOG_LEVEL: 'error', CART_LIMIT: '10000', NODE_ENV: 'test', MCP_REQUESTS_PER_SECOND: '1000' },
      ...settings,
    }),
  )
  onTestFinished(() => app.stop('test finished'))
  return { sandbox, sql, person: (id: number) => createPerson(running.url, id) }
}

const isOurs = (link: string): boolean => /^https:\/\/(?:vkusvill\.ru\/\?share_basket=\d+|t\.me\/\w+.*)$/.test(link)

async function expectNothingForeign(
  messages: { from: string; text: string; buttons: { url?: string | undefined }[][] }[],
) {
  const fromBot = messages.filter(({ from }) => from === 'bot')
  for (const { text: shown, buttons } of fromBot) {
    expect(buttons.flat().flatMap(({ url: link }) => (link === undefined || isOurs(link) ? [] : [link]))).toEqual([])
    expect(shown).not.toMatch(/evil/i)
    expect(shown.length).toBeLessThanOrEqual(4096)
  }
}

/** Anything but the line that tells the stage. */
const answer = /^(?!🤔|🔎|📖|🔬|🧺|✍)/u

const conversations = isLong ? 300 : 12

test(`${conversations} generated conversations of the model: answered, no foreign link, no bad HTML`, async () => {
  const { sandbox, sql, person } = await startScripted()
  const anna = person(300)
  await anna.join()
  await anna.reply(/Согласие записано/)
  const refusedBefore = sandbox.telegram.act.messages(300).length
  const scripts = fc.sample(fc.array(reply, { minLength: 1, maxLength: 4 }), { numRuns: conversations, seed })

  let at = refusedBefore
  for (const [i, script] of scripts.entries()) {
    const person_ = person(300 + (i % 30))
    if (i > 0 && i < 30) {
      await person_.join()
      await person_.reply(/Согласие записано/)
    }
    sandbox.gigachat.reset()
    sandbox.gigachat.script(script)
    at = await person_.send(`молоко и хлеб ${i}`)
    await person_.reply(answer, at)
  }

  for (let i = 0; i < Math.min(30, conversations); i++) await expectNothingForeign(await person(300 + i).messages())
  const types = (await sql<{ event_type: string }>('select distinct event_type from user_events')).map(
    row => row.event_type,
  )
  report({
    area: 'Hostile input',
    fault: 'generated answers and tool arguments of the model',
    times: conversations,
    saw: 'an answer or an apology each time, no foreign link',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
  expect(types.filter(type => !eventTypes.some(known => known === type))).toEqual([])
}, 600_000)

const shopAnswers = isLong ? 200 : 10

test(`${shopAnswers} generated answers of the shop: answered, nothing foreign shown`, async () => {
  const server = await startHostileServer()
  onTestFinished(server.close)
  const product = fc.record({
    ...{
      xml_id: or(fc.integer({ min: 1, max: 9 })),
      id: or(fc.integer()),
      name: or(words),
      unit: or(fc.constantFrom('шт', 'кг')),
    },
    ...{ price: or(fc.record({ current: or(fc.double()) })), url: or(fc.constantFrom(...foreign)), rating: anything },
  })
  const said = fc.oneof(
    fc.record({
      ok: or(fc.boolean()),
      data: or(fc.record({ items: or(fc.array(product, { maxLength: 4 })), link: or(fc.constantFrom(...foreign)) })),
    }),
    fc.jsonValue(),
  )
  const result = fc.oneof(
    said.map(value => ({ content: [{ type: 'text', text: JSON.stringify(value) ?? '' }] })),
    fc.jsonValue(),
  )
  const answers = fc.sample(result, { numRuns: shopAnswers, seed })
  let turn = 0
  server.plan('/mcp', (res, request) => {
    const id: unknown = request.body === '' ? null : JSON.parse(request.body).id
    replyJson(200, { jsonrpc: '2.0', id, result: answers[turn++ % answers.length] })(res, request)
  })
  const { person } = await startScripted({ MCP_URL: `${server.url}/mcp` })
  const boris = person(400)
  await boris.join()
  await boris.reply(/Согласие записано/)

  for (let i = 0; i < Math.ceil(shopAnswers / 5); i++) {
    const sent = await boris.send(`собери корзину: молоко, хлеб, сыр ${i}`)
    await boris.reply(answer, sent)
    await pause(0)
  }

  await expectNothingForeign(await boris.messages())
  report({
    area: 'Hostile input',
    fault: 'generated answers of the shop',
    times: shopAnswers,
    saw: 'an answer or an apology each time, no foreign link',
    lost: 0,
    doubled: 0,
    recoveryS: null,
    alert: null,
  })
}, 600_000)
