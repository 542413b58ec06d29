import { GrammyError } from 'grammy'
import { describe, expect, test } from 'vitest'
import { groupId } from './chats.ts'
import { refusal, serveTelegram } from './testing/serve-telegram.ts'

const HTML = { parse_mode: 'HTML' } as const

async function chatWithUser(options = {}) {
  const served = await serveTelegram(options)
  const messageId = served.act.send(7, { text: 'привет' })
  return { ...served, messageId }
}

describe('sendMessage', () => {
  test('stores text and entities, finds commands and links, answers with the message', async () => {
    const { api, act } = await chatWithUser()

    const sent = await api.sendMessage(7, ' <b>Готово</b>: /help https://vkusvill.ru/cart. ', HTML)

    expect(sent).toMatchObject({ message_id: 2, chat: { id: 7, type: 'private' }, from: { is_bot: true } })
    expect(act.messages(7)[1]).toMatchObject({
      text: 'Готово: /help https://vkusvill.ru/cart.',
      entities: [
        { type: 'bold', offset: 0, length: 6 },
        { type: 'bot_command', offset: 8, length: 5 },
        { type: 'url', offset: 14, length: 24 },
      ],
    })
  })

  test('without a parse mode markup is plain text', async () => {
    const { api } = await chatWithUser()

    expect(await api.sendMessage(7, '<b>x</b> &amp;')).toMatchObject({ text: '<b>x</b> &amp;' })
  })

  test('the limit of 4096 counts characters after the markup is read', async () => {
    const { api } = await chatWithUser()

    const longest = await api.sendMessage(7, `<b>${'&lt;'.repeat(4096)}</b>`, HTML)
    const emoji = await api.sendMessage(7, '😀'.repeat(4096))
    const tooLong = await refusal(api.sendMessage(7, 'я'.repeat(4097)))

    expect(longest.text).toHaveLength(4096)
    expect(emoji.text).toHaveLength(8192)
    expect(tooLong).toEqual({ code: 400, description: 'Bad Request: message is too long' })
  })

  test.each([
    ['', {}, 'message text is empty'],
    [' \n ', {}, 'text must be non-empty'],
    ['<b></b>', HTML, 'text must be non-empty'],
    ['<x>', HTML, 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'],
    ['x', { parse_mode: 'BBCode' as 'HTML' }, 'unsupported parse_mode'],
    ['x', { reply_parameters: { message_id: 99 } }, 'message to be replied not found'],
  ])('refuses %j', async (text, options, problem) => {
    const { api } = await chatWithUser()

    const refused = await refusal(api.sendMessage(7, text, options))

    expect(refused).toEqual({ code: 400, description: `Bad Request: ${problem}` })
  })

  test('a chat without messages does not exist', async () => {
    const { api } = await chatWithUser()

    expect(await refusal(api.sendMessage(8, 'x'))).toEqual({ code: 400, description: 'Bad Request: chat not found' })
    expect(await refusal(api.sendMessage('', 'x'))).toMatchObject({ description: 'Bad Request: chat_id is empty' })
  })

  test('a user who blocked the bot gets nothing until they write again', async () => {
    const { api, act } = await chatWithUser()
    act.block(7, true)

    const refused = await refusal(api.sendMessage(7, 'x'))
    act.send(7, { text: 'снова я' })

    expect(refused).toEqual({ code: 403, description: 'Forbidden: bot was blocked by the user' })
    expect(await api.sendMessage(7, 'x')).toMatchObject({ text: 'x' })
  })

  test('what a user deleted is deleted for the bot too, which learns it when it tries to change it', async () => {
    const { api, act } = await chatWithUser()
    const { message_id } = await api.sendMessage(7, 'x')

    act.remove(7, message_id)

    expect(await refusal(api.editMessageText(7, message_id, 'y'))).toMatchObject({
      description: 'Bad Request: message to edit not found',
    })
    expect(await refusal(api.deleteMessage(7, message_id))).toMatchObject({
      description: 'Bad Request: message to delete not found',
    })
  })
})

describe('inline keyboards', () => {
  const keyboard = (...inline_keyboard: object[][]) => ({ reply_markup: { inline_keyboard } }) as object

  test('buttons are stored with the message', async () => {
    const { api } = await chatWithUser()

    const sent = await api.sendMessage(7, 'x', keyboard([{ text: 'да', callback_data: 'y'.repeat(64) }], []))

    expect(sent.reply_markup).toEqual({ inline_keyboard: [[{ text: 'да', callback_data: 'y'.repeat(64) }]] })
  })

  test.each([
    [{ text: 'a', callback_data: 'ж'.repeat(33) }, 'BUTTON_DATA_INVALID'],
    [{ text: 'a' }, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
    [{ text: ' ', callback_data: 'x' }, "can't parse inline keyboard button: Text must be non-empty"],
    [
      { text: 'a', url: 'javascript:alert(1)' },
      "inline keyboard button URL 'javascript:alert(1)' is invalid: Wrong HTTP URL",
    ],
    [
      { text: 'a', url: 'http://localhost/x' },
      "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL",
    ],
  ])('refuses %j', async (button, problem) => {
    const { api } = await chatWithUser()

    const refused = await refusal(api.sendMessage(7, 'x', keyboard([button])))

    expect(refused).toEqual({ code: 400, description: `Bad Request: ${problem}` })
  })
})

describe('editing', () => {
  test('replaces text and, when it is not repeated, removes the keyboard', async () => {
    const { api, act } = await chatWithUser()
    const markup = { reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'a' }]] } }
    const { message_id } = await api.sendMessage(7, 'ищу', markup)

    await api.editMessageText(7, message_id, '<i>нашёл</i>', HTML)

    expect(act.messages(7).at(-1)).toMatchObject({ message_id, text: 'нашёл', entities: [{ type: 'italic' }] })
    expect(act.messages(7).at(-1)).not.toHaveProperty('reply_markup')
  })

  test('only the keyboard can be changed too', async () => {
    const { api, act } = await chatWithUser()
    const { message_id } = await api.sendMessage(7, 'x')

    await api.editMessageReplyMarkup(7, message_id, {
      reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'a' }]] },
    })

    expect(act.messages(7).at(-1)).toMatchObject({ text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a' }]] } })
  })

  test.each([
    [
      2,
      'ищу',
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    ],
    [99, 'x', 'message to edit not found'],
    [1, 'x', "message can't be edited"],
    [2, 'x'.repeat(4097), 'MESSAGE_TOO_LONG'],
    [2, '<b>', 'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'],
  ])('message %i is not changed into %.10s…', async (messageId, text, problem) => {
    const { api } = await chatWithUser()
    await api.sendMessage(7, 'ищу')

    const refused = await refusal(api.editMessageText(7, messageId, text, HTML))

    expect(refused).toEqual({ code: 400, description: `Bad Request: ${problem}` })
  })

  test('a text message has no caption', async () => {
    const { api } = await chatWithUser()
    const { message_id } = await api.sendMessage(7, 'x')

    const refused = await refusal(api.editMessageCaption(7, message_id, { caption: 'y' }))

    expect(refused.description).toBe('Bad Request: there is no caption in the message to edit')
  })
})

describe('deleting', () => {
  test('removes messages, also several together and already deleted ones', async () => {
    const { api, act } = await chatWithUser()
    const { message_id } = await api.sendMessage(7, 'x')

    await api.deleteMessage(7, message_id)
    await api.deleteMessages(7, [1, message_id])

    expect(act.messages(7)).toEqual([])
  })

  test('refuses what is not there and what is older than two days', async () => {
    let now = new Date('2026-05-01T10:00:00Z')
    const { api } = await chatWithUser({ now: () => now })
    const { message_id } = await api.sendMessage(7, 'x')

    const unknown = await refusal(api.deleteMessage(7, 99))
    now = new Date('2026-05-03T10:00:01Z')
    const old = await refusal(api.deleteMessage(7, message_id))

    expect(unknown).toEqual({ code: 400, description: 'Bad Request: message to delete not found' })
    expect(old).toEqual({ code: 400, description: "Bad Request: message can't be deleted" })
  })
})

describe('callback queries', () => {
  test('a pressed button reaches the bot once with an id it can answer', async () => {
    const { api, act } = await chatWithUser()
    const markup = { reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'pick' }]] } }
    const { message_id } = await api.sendMessage(7, 'x', markup)
    const answers: unknown[] = []
    act.watch(7, change => answers.push(change))

    const id = act.press(7, message_id, 'pick')
    const updates = await api.getUpdates({ offset: -1 })
    await api.answerCallbackQuery(id, { text: 'принято' })

    expect(updates).toMatchObject([{ callback_query: { id, data: 'pick', from: { id: 7 }, message: { message_id } } }])
    expect(answers).toEqual([{ kind: 'answer', text: 'принято', alert: false, url: undefined }])
  })

  test('an answer comes too late after a minute, or for an id that never was', async () => {
    let now = new Date('2026-05-01T10:00:00Z')
    const { api, act } = await chatWithUser({ now: () => now })
    const markup = { reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'pick' }]] } }
    const id = act.press(7, (await api.sendMessage(7, 'x', markup)).message_id, 'pick')
    now = new Date('2026-05-01T10:01:01Z')

    const late = await refusal(api.answerCallbackQuery(id))
    const unknown = await refusal(api.answerCallbackQuery('1'))

    expect(late.description).toBe('Bad Request: query is too old and response timeout expired or query ID is invalid')
    expect(unknown).toEqual(late)
  })

  test('a button the message does not have cannot be pressed', async () => {
    const { act, messageId } = await chatWithUser()

    expect(() => act.press(7, messageId, 'pick')).toThrow('no such button')
  })
})

describe('the account', () => {
  test('getMe, commands, descriptions and getChat answer as Telegram does', async () => {
    const { api, telegram } = await chatWithUser()
    const commands = [{ command: 'start', description: 'Начать' }]

    await api.setMyCommands(commands)
    await api.setMyDescription('Собираю корзины')
    await api.sendChatAction(7, 'typing')

    expect(await api.getMe()).toMatchObject({ id: 42, is_bot: true, username: 'test_bot' })
    expect(await api.getMyCommands()).toEqual(commands)
    expect(telegram.commandsFor(7)).toEqual(commands)
    expect(await api.getMyDescription()).toEqual({ description: 'Собираю корзины' })
    expect(await api.getChat(7)).toMatchObject({ id: 7, type: 'private' })
  })

  test('a user sees the commands of the narrowest scope that has any, in their language first', async () => {
    const { api, telegram } = await chatWithUser()
    const set = (name: string, options?: Parameters<typeof api.setMyCommands>[1]) =>
      api.setMyCommands([{ command: name, description: name }], options)
    const seen: (string | undefined)[] = []
    const look = () => seen.push(telegram.commandsFor(7)[0]?.command)

    look()
    await set('everyone')
    look()
    await set('everyone_ru', { language_code: 'ru' })
    look()
    await set('private', { scope: { type: 'all_private_chats' } })
    look()
    await set('group', { scope: { type: 'all_group_chats' } })
    look()
    await set('chat', { scope: { type: 'chat', chat_id: 7 } })
    look()
    await api.deleteMyCommands({ scope: { type: 'chat', chat_id: 7 } })
    look()
    await api.setMyCommands([], { scope: { type: 'all_private_chats' } })
    look()

    expect(seen).toEqual([undefined, 'everyone', 'everyone_ru', 'private', 'private', 'chat', 'private', 'everyone_ru'])
    expect(telegram.commandsFor(8)[0]?.command).toBe('everyone_ru')
    expect(await api.getMyCommands({ scope: { type: 'chat', chat_id: 7 } })).toEqual([])
  })

  test('refuses a scope that does not exist, and one of a chat the bot has never seen', async () => {
    const { api, call } = await chatWithUser()
    const commands = [{ command: 'start', description: 'Начать' }]

    const unseen = await refusal(api.setMyCommands(commands, { scope: { type: 'chat', chat_id: 777 } }))
    const unknown = await call('setMyCommands', { commands, scope: { type: 'planet' } })

    expect(unseen).toEqual({ code: 400, description: 'Bad Request: chat not found' })
    expect(unknown.body).toMatchObject({ ok: false, description: expect.stringContaining('BotCommandScope') })
  })

  test('refuses commands and chat actions that do not exist', async () => {
    const { api } = await chatWithUser()

    const command = await refusal(api.setMyCommands([{ command: 'Старт', description: 'x' }]))
    const action = await refusal(api.sendChatAction(7, 'dance' as 'typing'))

    expect(command.description).toBe('Bad Request: BOT_COMMAND_INVALID')
    expect(action.description).toBe('Bad Request: wrong parameter action in request')
  })

  test('a wrong token, an unknown method and an unreadable body have their own answers', async () => {
    const { call, url } = await chatWithUser()

    const wrongToken = await call('getMe', {}, '42:wrong')
    const noMethod = await call('sendMassage')
    const noJson = await fetch(`${url}/bot42:abcdefghijklmnopqrstuvwxyz-0123456/getMe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    })

    expect(wrongToken).toEqual({ status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } })
    expect(noMethod).toMatchObject({ status: 404, body: { description: 'Not Found: method not found' } })
    expect(noJson.status).toBe(400)
  })

  test('methods are found in any letter case, and what only reads may be asked for by GET', async () => {
    const { url, act, call } = await chatWithUser()

    await call('sendmessage', { chat_id: 7, text: 'один' })
    const me = await fetch(`${url}/bot42:abcdefghijklmnopqrstuvwxyz-0123456/getMe`)

    expect(act.messages(7).map(message => message.text)).toEqual(['привет', 'один'])
    expect(me.status).toBe(200)
  })
})

describe('429', () => {
  test('an injected one names the seconds to wait', async () => {
    const { api, faults } = await chatWithUser()
    faults.set({ service: 'telegram', mode: 'status', status: 429, delay_ms: 2500, rate: 1 })

    const refused = await api.sendMessage(7, 'x').catch((err: unknown) => err)

    expect(refused).toBeInstanceOf(GrammyError)
    expect(refused).toMatchObject({ error_code: 429, parameters: { retry_after: 3 } })
    expect(refused).toMatchObject({ description: 'Too Many Requests: retry after 3' })
  })

  test('the limiter lets a burst of five into a chat and then one a second', async () => {
    let now = new Date('2026-05-01T10:00:00Z')
    const { api } = await chatWithUser({ now: () => now, limitSending: true })
    for (let i = 0; i < 5; i++) await api.sendMessage(7, 'x')

    const refused = await refusal(api.sendMessage(7, 'x'))
    now = new Date('2026-05-01T10:00:01Z')

    expect(refused).toEqual({ code: 429, description: 'Too Many Requests: retry after 1' })
    expect(await api.sendMessage(7, 'x')).toMatchObject({ message_id: 7 })
  })

  test('the limiter lets thirty a second into all chats together; drafts and deletions are free', async () => {
    const now = new Date('2026-05-01T10:00:00Z')
    const { api, act } = await serveTelegram({ now: () => now, limitSending: true })
    for (let chat = 1; chat <= 31; chat++) act.send(chat, { text: 'привет' })
    for (let chat = 1; chat <= 30; chat++) await api.sendMessage(chat, 'x')

    const refused = await refusal(api.editMessageText(1, 2, 'y'))

    expect(refused).toEqual({ code: 429, description: 'Too Many Requests: retry after 1' })
    expect(await api.sendMessageDraft(31, 5, 'пишу')).toBe(true)
    expect(await api.deleteMessage(1, 2)).toBe(true)
  })

  test('the limiter lets twenty a minute into a group', async () => {
    const now = new Date('2026-05-01T10:00:00Z')
    const { api, act } = await serveTelegram({ now: () => now, limitSending: true })
    act.send(7, { text: 'привет' }, { chat: 'group' })
    for (let i = 0; i < 20; i++) await api.sendMessage(groupId, 'x')

    const refused = await refusal(api.sendMessage(groupId, 'x'))

    expect(refused).toEqual({ code: 429, description: 'Too Many Requests: retry after 3' })
  })
})

describe('a message with force_reply', () => {
  const markup = { force_reply: true, input_field_placeholder: 'Что изменить?' } as const

  test('is answered by the next message of the user, and by that one only', async () => {
    const { api, act } = await serveTelegram()
    act.send(7, { text: '/start' })
    const { message_id } = await api.sendMessage(7, 'Что изменить?', { reply_markup: markup })
    const awaited = act.awaitedReply(7)

    act.send(7, { text: 'сыр' })
    act.send(7, { text: 'хлеб' })

    const updates = await api.getUpdates()
    expect(awaited).toEqual({ message_id, placeholder: 'Что изменить?' })
    expect(updates.map(({ message }) => message?.reply_to_message?.message_id)).toEqual([
      undefined,
      message_id,
      undefined,
    ])
  })

  test('that the user closed is answered by none', async () => {
    const { api, act } = await serveTelegram()
    act.send(7, { text: '/start' })
    await api.sendMessage(7, 'Что изменить?', { reply_markup: markup })

    act.cancelReply(7)
    act.send(7, { text: 'сыр' })

    expect((await api.getUpdates()).at(-1)?.message?.reply_to_message).toBeUndefined()
  })
})
