import { InputFile } from 'grammy'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually, serveTelegram } from '../telegram/testing/serve-telegram.ts'
import type { SandboxEvent } from './events-feed.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex')

/** Reads a stream of server-sent events until it hangs up or the test ends. */
async function listen(url: string) {
  const hangUp = new AbortController()
  onTestFinished(() => hangUp.abort())
  const response = await fetch(url, { signal: hangUp.signal })
  if (!response.body) throw new Error('no body')
  const seen: { event: string; data: unknown }[] = []
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  const readOn = async (): Promise<void> => {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(block)
      if (match) seen.push({ event: match[1] ?? '', data: JSON.parse(match[2] ?? '') })
    }
    return readOn()
  }
  readOn().catch(() => undefined)
  return { seen, hangUp: () => hangUp.abort() }
}

describe('messages', () => {
  test('a written text has a message id, reaches the bot, and can be read back with the fixed fields only', async () => {
    const { api, control } = await serveTelegram()

    const sent = await control('chats/7/messages', { text: '/start habr' })
    const updates = await api.getUpdates()
    const listed = await control('chats/7/messages')

    expect(sent).toEqual({ status: 200, body: { message_id: 1 } })
    expect(updates).toMatchObject([{ message: { text: '/start habr', from: { id: 7 } } }])
    expect(listed.body).toEqual([{ message_id: 1, from: 'user', text: '/start habr', buttons: [] }])
  })

  test('answers are listed after a message id, with buttons and the picture', async () => {
    const { api, control, url } = await serveTelegram()
    await control('chats/7/messages', { text: 'завтрак' })
    const reply_markup = {
      inline_keyboard: [
        [{ text: 'Корзина', url: 'https://vkusvill.ru/cart' }],
        [{ text: 'Ещё', callback_data: 'more' }],
      ],
    }
    await api.sendMessage(7, '<b>Готово</b>', { parse_mode: 'HTML', reply_markup })
    await api.sendPhoto(7, new InputFile(png, 'a.png'), { caption: 'график' })

    const listed = await control('chats/7/messages?after=1')
    const [, { photo_url }] = z.tuple([z.object(), z.object({ photo_url: z.string() })]).parse(listed.body)
    const picture = await fetch(url + photo_url)

    expect(listed.body).toEqual([
      {
        message_id: 2,
        from: 'bot',
        text: 'Готово',
        buttons: [[{ text: 'Корзина', url: 'https://vkusvill.ru/cart' }], [{ text: 'Ещё', data: 'more' }]],
      },
      {
        message_id: 3,
        from: 'bot',
        text: 'график',
        buttons: [],
        photo_url: expect.stringContaining('/sandbox/files/'),
      },
    ])
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(png)
  })

  test('media, edits, dates and the group are taken too', async () => {
    const { api, control } = await serveTelegram()

    await control('chats/7/messages', { sticker: true })
    await control('chats/7/messages', { photo: true, caption: 'что это?' })
    await control('chats/7/messages', { voice: true, date: 1_700_000_000 })
    await control('chats/7/messages', { text: 'молоко', chat: 'group' })
    await control('chats/7/messages', { edit_of: 1, text: 'хлеб', chat: 'group' })

    const listed = await control('chats/7/messages')
    expect(listed.body).toContainEqual({ message_id: 2, from: 'user', text: 'что это?', buttons: [] })
    expect(await api.getUpdates()).toMatchObject([
      { message: { sticker: {} } },
      { message: { photo: [{}], caption: 'что это?' } },
      { message: { voice: {}, date: 1_700_000_000 } },
      { message: { text: 'молоко', chat: { type: 'supergroup' } } },
      { edited_message: { message_id: 1, text: 'хлеб', chat: { type: 'supergroup' } } },
    ])
  })

  test.each([
    ['chats/abc/messages', { text: 'x' }, /^userId: must be a user id/],
    ['chats/-5/messages', { text: 'x' }, /^userId: must be a user id/],
    ['chats/7/messages', {}, /^body: expected \{"text"\} or one of/],
    ['chats/7/messages', { text: 5 }, /^body: expected/],
    ['chats/7/messages', { text: '   ' }, /^text: an empty message cannot be sent/],
    ['chats/7/messages', { text: 'x', colour: 'red' }, /^body: Unrecognized key: "colour"/],
    ['chats/7/messages', { edit_of: 9, text: 'x' }, /^edit_of: no text message of this user has that id/],
    ['chats/7/callbacks', { message_id: 'x', data: 'y' }, /^message_id: .*number/],
    ['chats/7/callbacks', { message_id: 1, data: 'y' }, /^data: the message has no such button/],
    ['chats/7/block', {}, /^blocked: .*boolean/],
    ['chats/7/delete', { message_id: 5 }, /^message_id: no message/],
    ['updates', { update_id: 5 }, /^body: expected an update/],
    ['updates', { update_id: -1, message: {} }, /^body: expected an update/],
    ['faults', { service: 'bank', mode: 'slow' }, /^service: /],
    ['faults', { service: 'shop', mode: 'slow', rate: 2 }, /^rate: /],
  ])('%s refuses %j', async (path, body, problem) => {
    const { control } = await serveTelegram()

    const answer = await control(path, body)

    expect(answer).toEqual({ status: 400, body: { error: expect.stringMatching(problem) } })
  })

  test('a body that is not JSON, or not called so, is refused', async () => {
    const { url } = await serveTelegram()
    const post = (type: string, body: string) =>
      fetch(`${url}/sandbox/chats/7/messages`, { method: 'POST', headers: { 'content-type': type }, body })

    expect((await post('application/json', '{')).status).toBe(400)
    expect((await post('text/plain', '{"text":"x"}')).status).toBe(400)
  })
})

test('a pressed button is a callback query', async () => {
  const { api, control } = await serveTelegram()
  await control('chats/7/messages', { text: 'опрос' })
  const reply_markup = { inline_keyboard: [[{ text: 'Да', callback_data: 'yes' }]] }
  const { message_id } = await api.sendMessage(7, 'Нравится?', { reply_markup })

  const pressed = await control('chats/7/callbacks', { message_id, data: 'yes' })

  const [update] = await api.getUpdates({ offset: -1 })
  expect(update).toMatchObject({ callback_query: { data: 'yes', from: { id: 7 } } })
  expect(pressed.body).toEqual({ callback_query_id: update?.callback_query?.id })
})

test('the same update can be delivered twice', async () => {
  const { api, control } = await serveTelegram()
  await control('chats/7/messages', { text: '/start' })
  const [update] = await api.getUpdates()
  if (!update) throw new Error('no update')
  await api.getUpdates({ offset: update.update_id + 1 })

  const injected = await control('updates', update)

  expect(injected.body).toEqual({ update_id: update.update_id })
  expect(await api.getUpdates({ offset: update.update_id + 1 })).toEqual([update])
})

test('users are listed with the administrator first, and new ones can be added', async () => {
  const { control } = await serveTelegram()

  const added = await control('users', { name: 'Марина' })
  const unnamed = await control('users', {})
  const { body } = await control('users')

  expect(added.body).toEqual({ id: 3, name: 'Марина' })
  expect(unnamed.body).toEqual({ id: 4, name: expect.stringMatching(/^[А-Я]/) })
  expect(body).toMatchObject({
    users: [{ id: 1, name: 'Администратор' }, { id: 2, name: 'Анна' }, added.body, unnamed.body],
  })
})

test('faults are set per service and can be looked at', async () => {
  const { control, call } = await serveTelegram()

  await control('faults', { service: 'telegram', mode: 'status', status: 502 })
  const broken = await call('getMe')
  const { body } = await control('faults')
  await control('faults', { service: 'telegram', mode: 'none' })
  const mended = await call('getMe')

  expect(broken).toEqual({ status: 502, body: { ok: false, error_code: 502, description: 'Bad Gateway' } })
  expect(body).toMatchObject({ telegram: { mode: 'status', status: 502 }, gigachat: { mode: 'none' } })
  expect(mended.status).toBe(200)
})

test('the stream of a chat begins with what is there and follows every change', async () => {
  const { api, act, url } = await serveTelegram()
  act.send(7, { text: 'привет' })
  await api.sendMessageDraft(7, 5, 'думаю')
  const { seen } = await listen(`${url}/sandbox/chats/7/stream`)

  await api.sendChatAction(7, 'typing')
  const { message_id } = await api.sendMessage(7, '<b>ищу</b>', { parse_mode: 'HTML' })
  await api.editMessageText(7, message_id, 'нашёл')
  await api.deleteMessage(7, message_id)
  await eventually(() => seen.length === 7)

  expect(seen).toMatchObject([
    { event: 'snapshot', data: [{ message_id: 1, text: 'привет', from: 'user', name: 'Егор' }] },
    { event: 'draft', data: { draft: { draft_id: 5, text: 'думаю' } } },
    { event: 'typing' },
    { event: 'draft', data: { draft: null } },
    { event: 'message', data: { message_id, text: 'ищу', entities: [{ type: 'bold' }], edited: false } },
    { event: 'edited', data: { message_id, text: 'нашёл', edited: true } },
    { event: 'deleted', data: { messageIds: [message_id] } },
  ])
})

describe('business events', () => {
  const event = (id: string): SandboxEvent => ({
    id,
    event_type: 'bot_start',
    user_id: 7,
    metadata: { source: 'habr' },
    created_at: '2026-05-01T10:00:00.000Z',
    request_id: 'ABCDEFGHIJKL',
  })

  test('the last ones come first, then each new one, until the page goes', async () => {
    const listeners = new Set<(event: SandboxEvent) => void>()
    const events = {
      recent: async () => [event('1')],
      subscribe: (callback: (event: SandboxEvent) => void) => {
        listeners.add(callback)
        return () => void listeners.delete(callback)
      },
    }
    const { url } = await serveTelegram({ events })
    const { seen, hangUp } = await listen(`${url}/sandbox/events`)
    await eventually(() => seen.length === 1)

    for (const callback of listeners) callback(event('2'))
    await eventually(() => seen.length === 2)
    hangUp()
    await eventually(() => listeners.size === 0)

    expect(seen).toEqual([
      { event: 'snapshot', data: [event('1')] },
      { event: 'event', data: event('2') },
    ])
  })

  test('without a feed there are none to see, and the answer says why', async () => {
    const { control } = await serveTelegram()

    const answer = await control('events')

    expect(answer).toEqual({
      status: 404,
      body: { error: 'the bot runs elsewhere: its events are not known here' },
    })
  })
})
