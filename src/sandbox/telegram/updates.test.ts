import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Bot } from 'grammy'
import type { Update } from 'grammy/types'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually, refusal, serveTelegram, token } from './testing/serve-telegram.ts'

const texts = (updates: readonly Update[]) => updates.map(update => update.message?.text)

describe('getUpdates', () => {
  test('hands out updates with rising ids until an offset confirms them', async () => {
    const { api, act } = await serveTelegram()
    for (const text of ['один', 'два', 'три']) act.send(7, { text })

    const first = await api.getUpdates({ limit: 2 })
    const again = await api.getUpdates()
    const rest = await api.getUpdates({ offset: (first[1]?.update_id ?? 0) + 1 })

    expect(texts(first)).toEqual(['один', 'два'])
    expect(texts(again)).toEqual(['один', 'два', 'три'])
    expect(texts(rest)).toEqual(['три'])
    expect(again.map(u => u.update_id - (again[0]?.update_id ?? 0))).toEqual([0, 1, 2])
  })

  test('a negative offset drops all but the last updates', async () => {
    const { api, act } = await serveTelegram()
    for (const text of ['один', 'два', 'три']) act.send(7, { text })

    const last = await api.getUpdates({ offset: -2 })
    const left = await api.getUpdates()

    expect(texts(last)).toEqual(['два', 'три'])
    expect(texts(left)).toEqual(['два', 'три'])
  })

  test('waits for an update and answers as soon as there is one', async () => {
    const { api, act, telegram } = await serveTelegram()
    const waiting = api.getUpdates({ timeout: 50 })
    await eventually(() => telegram.isPolled())

    act.send(7, { text: 'привет' })

    expect(texts(await waiting)).toEqual(['привет'])
  })

  test('a second poll ends the first with 409', async () => {
    const { api, act, telegram } = await serveTelegram()
    const first = refusal(api.getUpdates({ timeout: 50 }))
    await eventually(() => telegram.isPolled())

    const second = api.getUpdates({ timeout: 50 })
    const conflict = await first
    act.send(7, { text: 'привет' })

    expect(conflict).toEqual({
      code: 409,
      description: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    })
    expect(texts(await second)).toEqual(['привет'])
  })

  test('an update given to a bot that hung up is given again', async () => {
    const { url, api, act, telegram } = await serveTelegram()
    const hangUp = new AbortController()
    const dying = fetch(`${url}/bot${token}/getUpdates?timeout=50`, { signal: hangUp.signal }).catch(() => undefined)
    await eventually(() => telegram.isPolled())
    hangUp.abort()
    await dying

    act.send(7, { text: 'привет' })

    expect(texts(await api.getUpdates())).toEqual(['привет'])
  })

  test('types the bot did not ask for are not kept', async () => {
    const { api, act } = await serveTelegram()
    await api.getUpdates({ allowed_updates: ['callback_query'] })
    act.send(7, { text: 'один' })
    await api.getUpdates({ allowed_updates: ['message'] })
    act.send(7, { text: 'два' })

    expect(texts(await api.getUpdates())).toEqual(['два'])
  })

  test('an injected update may repeat an id that was confirmed: it is delivered again', async () => {
    const { api, act } = await serveTelegram()
    act.send(7, { text: 'один' })
    const [update] = await api.getUpdates()
    if (!update) throw new Error('no update')
    const offset = update.update_id + 1
    await api.getUpdates({ offset })

    act.inject(update)
    const repeated = await api.getUpdates({ offset })
    await api.getUpdates({ offset })
    const after = await api.getUpdates({ offset })

    expect(repeated).toEqual([update])
    expect(after).toEqual([])
  })
})

describe('what users do reaches the bot', () => {
  test.each([
    [{ text: '/start habr' }, { text: '/start habr', entities: [{ type: 'bot_command', offset: 0, length: 6 }] }],
    [{ text: '/help@test_bot' }, { entities: [{ type: 'bot_command', offset: 0, length: 14 }] }],
    [{ sticker: true as const }, { sticker: { emoji: '👍' } }],
    [{ voice: true as const }, { voice: { duration: 3 } }],
    [
      { photo: true as const, caption: 'что это?' },
      { photo: [{ width: 1280 }], caption: 'что это?' },
    ],
  ])('%j', async (content, expected) => {
    const { api, act } = await serveTelegram()

    act.send(7, content)

    const sender = { from: { id: 7, is_bot: false, language_code: 'ru' }, chat: { id: 7, type: 'private' } }
    expect(await api.getUpdates()).toMatchObject([{ message: { ...sender, ...expected } }])
  })

  test('a text of 5000 characters arrives in two messages', async () => {
    const { api, act } = await serveTelegram()

    const lastId = act.send(7, { text: 'ы'.repeat(5000) })

    const updates = await api.getUpdates()
    expect(updates.map(u => u.message?.text?.length)).toEqual([4096, 904])
    expect(updates[1]?.message?.message_id).toBe(lastId)
  })

  test('an edit is an edited_message with the same id', async () => {
    const { api, act } = await serveTelegram()
    const message_id = act.send(7, { text: 'молоко' })

    act.editText(7, message_id, 'молоко и хлеб')

    const updates = await api.getUpdates({ offset: -1 })
    expect(updates).toMatchObject([
      { edited_message: { message_id, text: 'молоко и хлеб', edit_date: expect.any(Number) } },
    ])
  })

  test('the group has its own chat, shared by users', async () => {
    const { api, act } = await serveTelegram()

    act.send(7, { text: 'всем привет' }, { chat: 'group' })
    act.send(8, { text: 'и тебе' }, { chat: 'group' })

    const updates = await api.getUpdates()
    expect(updates).toMatchObject([
      { message: { message_id: 1, chat: { type: 'supergroup' }, from: { id: 7 } } },
      { message: { message_id: 2, chat: { type: 'supergroup' }, from: { id: 8 } } },
    ])
  })

  test('blocking the bot is a my_chat_member update', async () => {
    const { api, act } = await serveTelegram()
    act.send(7, { text: 'привет' })

    act.block(7, true)

    const updates = await api.getUpdates({ offset: -1 })
    expect(updates).toMatchObject([
      { my_chat_member: { old_chat_member: { status: 'member' }, new_chat_member: { status: 'kicked' } } },
    ])
  })
})

test('a grammY bot polls, replies, and after its end finds what was written after it stopped', async () => {
  const { url, act } = await serveTelegram()
  const startBot = () => {
    const bot = new Bot(token, { client: { apiRoot: url } })
    bot.on('message:text', ctx => ctx.reply(`<b>${ctx.message.text}</b>!`, { parse_mode: 'HTML' }))
    void bot.start()
    return bot
  }
  const first = startBot()
  act.send(7, { text: 'один' })
  await eventually(() => act.messages(7).length === 2)
  await first.stop()

  act.send(7, { text: 'два' })
  const second = startBot()
  await eventually(() => act.messages(7).length === 4)
  await second.stop()

  expect(act.messages(7).map(message => message.text)).toEqual(['один', 'один!', 'два', 'два!'])
})

/** A bot's webhook: keeps what arrives and answers as `respond` says. */
async function serveWebhook(respond: (update: Update, res: ServerResponse) => void = (_update, res) => void res.end()) {
  const received: { update: Update; secret: IncomingMessage['headers'][string] }[] = []
  const server = createServer(async (req, res) => {
    const update: Update = JSON.parse(await text(req))
    received.push({ update, secret: req.headers['x-telegram-bot-api-secret-token'] })
    respond(update, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { received, hook: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}

describe('webhook', () => {
  test('gets each update once, with the secret, and polling is refused', async () => {
    const { api, act } = await serveTelegram()
    const { hook, received } = await serveWebhook()
    act.send(7, { text: 'один' })
    await api.setWebhook(hook, { secret_token: 'secret-secret' })
    act.send(7, { text: 'два' })

    await eventually(() => received.length === 2)
    const conflict = await refusal(api.getUpdates())
    const info = await eventually(async () => {
      const seen = await api.getWebhookInfo()
      return seen.pending_update_count === 0 && seen
    })

    expect(texts(received.map(one => one.update))).toEqual(['один', 'два'])
    expect(received.map(one => one.secret)).toEqual(['secret-secret', 'secret-secret'])
    expect(conflict).toEqual({
      code: 409,
      description:
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    })
    expect(info).toMatchObject({ url: hook, max_connections: 40 })
  })

  test('messages, presses and blocks of one user come concurrently, those of one kind in order', async () => {
    const open: ServerResponse[] = []
    const { api, act } = await serveTelegram()
    const { hook, received } = await serveWebhook((_update, res) => void open.push(res))
    act.send(7, { text: 'меню' })
    const [start] = await api.getUpdates()
    await api.getUpdates({ offset: (start?.update_id ?? 0) + 1 })
    const reply_markup = { inline_keyboard: [[{ text: 'да', callback_data: 'yes' }]] }
    const { message_id } = await api.sendMessage(7, 'точно?', { reply_markup })
    await api.setWebhook(hook)

    act.send(7, { text: 'один' })
    act.press(7, message_id, 'yes')
    act.send(7, { text: 'два' })
    act.press(7, message_id, 'yes')
    act.block(7, true)
    await eventually(() => open.length === 3)
    const first = received.map(({ update }) => Object.keys(update)[0])
    for (const res of open.splice(0)) res.end()
    await eventually(() => open.length === 2)
    for (const res of open) res.end()

    expect(first.sort()).toEqual(['callback_query', 'message', 'my_chat_member'])
    const ids = (type: keyof Update) => received.flatMap(({ update }) => (type in update ? [update.update_id] : []))
    for (const type of ['message', 'callback_query'] as const) {
      expect(ids(type)).toHaveLength(2)
      expect(ids(type)).toEqual([...ids(type)].sort((a, b) => a - b))
    }
  })

  test.each([
    ['without content', { message: null }],
    ['of an unknown shape', { message: { chat: 'nowhere' } }],
  ])('an update %s holds up no other', async (_what, update) => {
    const { act, api } = await serveTelegram()
    const { hook, received } = await serveWebhook((_update, res) => void (received.length > 2 && res.end()))
    await api.setWebhook(hook)

    act.inject(JSON.parse(JSON.stringify(update)))
    act.inject(JSON.parse(JSON.stringify(update)))
    act.send(7, { text: 'привет' })

    await eventually(() => received.length === 3)
  })

  test('a failed delivery is repeated with growing pauses and holds up its chat only', async () => {
    const pauses: number[] = []
    let failures = 3
    const { api, act } = await serveTelegram({ sleep: async ms => void pauses.push(ms) })
    const { hook, received } = await serveWebhook((update, res) => {
      if (update.message?.chat.id === 7 && failures-- > 0) res.statusCode = 500
      res.end()
    })
    await api.setWebhook(hook)

    act.send(7, { text: 'один' })
    act.send(7, { text: 'два' })
    act.send(8, { text: 'другой чат' })
    await eventually(() => received.length === 6)

    const ofChat = received.map(one => one.update).filter(update => update.message?.chat.id === 7)
    expect(texts(ofChat)).toEqual(['один', 'один', 'один', 'один', 'два'])
    expect(pauses).toEqual([0, 2000, 4000])
    expect(await api.getWebhookInfo()).toMatchObject({
      last_error_message: 'Wrong response from the webhook: 500 Internal Server Error',
    })
  })

  test('with one connection chats wait for each other', async () => {
    const open: ServerResponse[] = []
    const { api, act } = await serveTelegram()
    const { hook, received } = await serveWebhook((_update, res) => void open.push(res))
    await api.setWebhook(hook, { max_connections: 1 })

    act.send(7, { text: 'один' })
    act.send(8, { text: 'два' })
    await eventually(() => open.length === 1)
    for (let i = 0; i < 10; i++) await api.getWebhookInfo()
    const before = received.length
    open[0]?.end()
    await eventually(() => open.length === 2)
    open[1]?.end()

    expect(before).toBe(1)
    expect(texts(received.map(one => one.update))).toEqual(['один', 'два'])
  })

  test('a method in the answer is carried out', async () => {
    const { api, act } = await serveTelegram()
    const { hook } = await serveWebhook((_update, res) => {
      res.end(JSON.stringify({ method: 'sendMessage', chat_id: 7, text: 'ответ' }))
    })
    await api.setWebhook(hook)

    act.send(7, { text: 'привет' })
    await eventually(() => act.messages(7).length === 2)

    expect(act.messages(7)[1]).toMatchObject({ text: 'ответ', from: { is_bot: true } })
  })

  test('what was not delivered is there for polling after deleteWebhook', async () => {
    const { api, act } = await serveTelegram({ sleep: () => new Promise(() => undefined) })
    await api.setWebhook('http://127.0.0.1:9/refuses')
    act.send(7, { text: 'привет' })
    await eventually(async () => (await api.getWebhookInfo()).last_error_message !== undefined)

    await api.deleteWebhook()

    expect(texts(await api.getUpdates())).toEqual(['привет'])
    expect(await api.getWebhookInfo()).toMatchObject({ url: '', pending_update_count: 1 })
  })

  test.each([
    ['not a url', {}, 'invalid webhook URL specified'],
    ['http://example.com/hook', {}, 'bad webhook: An HTTPS URL must be provided for webhook'],
    ['https://example.com/hook', { secret_token: 'with space' }, 'secret token contains unallowed characters'],
    ['https://example.com/hook', { secret_token: 'x'.repeat(257) }, 'secret token is too long'],
  ])('refuses %s with %.30j', async (url, options, problem) => {
    const { api } = await serveTelegram()

    const refused = await refusal(api.setWebhook(url, options))

    expect(refused).toEqual({ code: 400, description: `Bad Request: ${problem}` })
  })
})
