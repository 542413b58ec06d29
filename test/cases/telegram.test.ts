import { describe, expect, test } from 'vitest'
import { consentVersion } from '../../src/telegram/privacy/policy.ts'
import { eventually, startBot } from '../../src/telegram/testing/start-bot.ts'
import { startTestBot, type TestBot } from '../support/bot.ts'

const start = () => startTestBot({ BOT_USERNAME: 'vkusvill_sandbox_bot' })
const name = 'vkusvill_sandbox_bot'
const lena = { id: 7, is_bot: false, first_name: 'Лена' }
const hers = { from: lena, chat: { id: 7, type: 'private', first_name: 'Лена' } }
const group = { id: -1_001_234_567_890, type: 'supergroup', title: 'Рецепты' }
const seconds = () => Math.floor(Date.now() / 1000)

let lastMessageId = 1000
/** Delivers a message of any shape to the bot. */
const deliver = (bot: TestBot, message: object) => {
  lastMessageId += 1
  return bot.post('/sandbox/updates', { message: { message_id: lastMessageId, date: seconds(), ...message } })
}
const refuse = (bot: TestBot, answer: object) =>
  bot.post('/sandbox/faults', { service: 'telegram', mode: 'status', ...answer })
const heal = (bot: TestBot) => bot.post('/sandbox/faults', { service: 'telegram', mode: 'none' })

/** The sum of the series of a metric that carry these labels. */
async function metric(bot: TestBot, series: RegExp): Promise<number> {
  const lines = (await (await fetch(bot.metricsUrl)).text()).split('\n')
  return lines.filter(line => series.test(line)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const handled = (bot: TestBot, outcome = '') =>
  metric(bot, new RegExp(`^bot_updates_total\\{[^}]*outcome="${outcome === '' ? '[^"]*' : outcome}"`))
const until = (look: () => Promise<unknown>) => expect.poll(look, { interval: 25 })
const errorsOf = (bot: TestBot, userId = 7) => bot.events(userId, 'bot_error')

/** A bot that Lena has joined. */
async function startWithLena() {
  const bot = await start()
  const user = bot.user(7)
  await user.join()
  await user.reply(/Согласие записано/)
  await until(() => handled(bot, 'answered')).toBe(2)
  return { bot, lena: user }
}
const answers = async (user: ReturnType<TestBot['user']>, after: number) =>
  (await user.messages(after)).filter(({ from }) => from === 'bot').map(({ text }) => text)

describe('an album is one act', () => {
  const photo = (captions: (string | undefined)[], group_id = '13999') =>
    captions.map((caption, i) => ({
      ...hers,
      media_group_id: group_id,
      photo: [{ file_id: `a${i}`, file_unique_id: `u${i}`, width: 90, height: 90 }],
      ...(caption === undefined ? {} : { caption }),
    }))
  const none = undefined

  test.each([
    ['on the first part', ['молоко и хлеб', none, none, none, none]],
    ['on the last part', [none, none, none, none, 'молоко и хлеб']],
    ['in the middle of ten', [none, none, none, none, none, 'молоко и хлеб', none, none, none, none]],
  ])('a caption %s is answered once, and the next message is not refused', async (_where, captions) => {
    const { bot, lena: user } = await startWithLena()
    const before = (await user.messages()).at(-1)?.message_id ?? 0

    for (const part of photo(captions)) await deliver(bot, part)
    await until(() => bot.events(7, 'cart_created')).toHaveLength(1) // sent before that, the next is answered together with it
    await user.ask('собери корзину: сыр', /сыр/i)
    // alone or together with the caption, as fast as they came
    await until(() => bot.sql('select sum(messages)::int as messages from daily_stats')).toEqual([{ messages: 2 }])

    const texts = await answers(user, before)
    expect(texts.filter(text => /только текст|Ещё отвечаю/.test(text))).toEqual([])
  })

  test('captions of several parts are one order', async () => {
    const { act, users, assistant } = await startBot()
    users.set(7, { consentVersion })
    const chat = { id: 7, type: 'private' as const, first_name: 'Лена' }

    for (const [i, caption] of ['молоко', undefined, 'хлеб'].entries()) {
      const part = { from: lena, chat, media_group_id: '14000', photo: [], ...(caption !== undefined && { caption }) }
      act.inject({ message: { message_id: 50 + i, date: seconds(), ...part } })
    }
    act.send(7, { text: 'сыр' })
    await eventually(() => assistant.questions.length === 2)

    expect(assistant.questions.map(({ text }) => text)).toEqual(['молоко\nхлеб', 'сыр'])
  })

  test('an album without a word gets one hint', async () => {
    const { bot, lena: user } = await startWithLena()

    for (const part of photo([none, none, none])) await deliver(bot, part)
    await user.reply(/только текст/)
    await user.ask('/me', /Номер аккаунта/)

    expect((await answers(user, 0)).filter(text => /только текст/.test(text))).toHaveLength(1)
  })
})

describe('what is not text', () => {
  const animation = { id: 'x' }

  test.each([
    ['paid media', { paid_media: { star_count: 1, paid_media: [] } }],
    ['a game', { game: { title: 'Змейка', description: '…', photo: [], animation } }],
    ['a giveaway', { giveaway: { chats: [], winners_selection_date: 1_800_000_000, winner_count: 1 } }],
    ['an invoice', { invoice: { title: 'Счёт', currency: 'RUB', total_amount: 100 } }],
    ['a story', { story: { chat: group, id: 5 } }],
    ['a kind the Bot API has yet to add', { hologram: { size: 3 } }],
    ['a checklist without open tasks', { checklist: { title: '', tasks: [] } }],
  ])('%s gets the hint', async (_what, content) => {
    const { bot, lena: user } = await startWithLena()

    await deliver(bot, { ...hers, ...content })

    await user.reply(/только текст/)
    expect(await errorsOf(bot)).toEqual([])
  })

  test('the tasks of a checklist are an order', async () => {
    const { bot, lena: user } = await startWithLena()
    const tasks = [
      { id: 1, text: 'молоко' },
      { id: 2, text: 'хлеб' },
      { id: 3, text: 'сметана', completion_date: seconds() },
    ]

    await deliver(bot, { ...hers, checklist: { title: 'Собери корзину', tasks } })
    const { text } = await user.reply(/Итого/)

    expect(text).toMatch(/молоко/i)
    expect(text).toMatch(/хлеб/i)
    expect(text).not.toMatch(/сметана/i)
  })

  test.each([
    ['a pinned message', { pinned_message: { message_id: 1, date: 0, chat: hers.chat } }],
    ['a timer', { message_auto_delete_timer_changed: { message_auto_delete_time: 86_400 } }],
    ['a background', { chat_background_set: { type: { type: 'fill' } } }],
    ['a permission', { write_access_allowed: {} }],
    ['a ticked task', { checklist_tasks_done: { marked_as_done_task_ids: [1] } }],
    ['a gift', { gift: { gift: { id: 'g' } } }],
  ])('%s gets nothing', async (_what, content) => {
    const { bot, lena: user } = await startWithLena()
    const before = (await user.messages()).at(-1)?.message_id ?? 0

    await deliver(bot, { ...hers, ...content })
    await until(() => handled(bot, 'ignored')).toBe(1)

    expect(await answers(user, before)).toEqual([])
    expect(await bot.events(7, 'session_start')).toEqual([])
  })
})

describe('in a group', () => {
  const named = { from: lena, chat: group, text: `а @${name} умеет?` }
  /** Nothing of it is stored, and no alert hears of it. */
  const leavesNoTrace = async (bot: TestBot) => {
    expect(await bot.sql('select * from users')).toEqual([])
    expect(await bot.sql('select * from user_events')).toEqual([])
    expect(await metric(bot, /^bot_users_active/)).toBe(0)
    expect(await metric(bot, /^bot_updates_total\{.*outcome="failed"/)).toBe(0)
    expect(await metric(bot, /^bot_telegram_calls_total\{.*outcome="(refused|failed|timeout)"/)).toBe(0)
  }

  test.each([
    [400, 'Bad Request: not enough rights to send text messages to the chat'],
    [400, 'Bad Request: CHAT_WRITE_FORBIDDEN'],
    [400, 'Bad Request: CHAT_RESTRICTED'],
    [400, 'Bad Request: CHAT_SEND_PLAIN_FORBIDDEN'],
    [400, 'Bad Request: TOPIC_CLOSED'],
    [400, 'Bad Request: message thread not found'],
    [400, 'Bad Request: group chat was upgraded to a supergroup chat'],
    [400, 'Bad Request: a reason Telegram has yet to introduce'],
    [403, 'Forbidden: bot was kicked from the supergroup chat'],
    [403, 'Forbidden: bot is not a member of the supergroup chat'],
  ])('a refusal (%i %s) is dropped', async (status, description) => {
    const bot = await start()
    await refuse(bot, { status, description, methods: ['sendMessage'] })

    await deliver(bot, named)
    await until(() => handled(bot, 'unreachable')).toBe(1)

    expect(await metric(bot, /^bot_telegram_calls_total\{.*method="sendMessage"/)).toBe(1)
    await leavesNoTrace(bot)
  })

  test.each([
    ['in its topic', { is_topic_message: true, message_thread_id: 77 }, 77],
    ['not in the thread of a reply', { message_thread_id: 5 }, undefined],
  ])('the answer is given in place: %s', async (_where, thread, expected) => {
    const { act, users } = await startBot()
    const chat = { ...group, type: 'supergroup' as const, is_forum: true as const }

    act.inject({
      message: { message_id: 5, date: seconds(), from: lena, chat, text: '/start@test_bot', ...thread },
    })
    await eventually(() => act.messages(group.id).length === 1)

    expect(act.messages(group.id)[0]).toMatchObject({ text: expect.stringContaining('личном чате') })
    expect(act.messages(group.id)[0]?.message_thread_id).toBe(expected)
    expect(users.calls).toEqual([])
  })

  test.each([
    [
      'an automatic forward',
      { is_automatic_forward: true, from: { id: 777_000, is_bot: false, first_name: 'Telegram' } },
    ],
    ['a post of Telegram’s own account', { from: { id: 777_000, is_bot: false, first_name: 'Telegram' } }],
    ['a comment in the name of a channel', { sender_chat: { id: -100_555, type: 'channel', title: 'Еда' } }],
    ['a post of a bot', { from: { id: 42, is_bot: true, first_name: 'Бот' } }],
    ['a migration', { text: undefined, migrate_to_chat_id: -100_777 }],
    ['a new title', { text: undefined, new_chat_title: `@${name}` }],
    ['talk that does not name the bot', { text: 'купим молока?' }],
    ['a message to a business account', { chat: hers.chat, business_connection_id: 'b1' }],
  ])('%s is ignored', async (_what, message) => {
    const bot = await start()

    await deliver(bot, { ...named, ...message })
    await until(() => handled(bot, 'ignored')).toBe(1)

    expect(await metric(bot, /^bot_telegram_calls_total\{.*method="sendMessage"/)).toBe(0)
    await leavesNoTrace(bot)
  })
})

describe('an answer that Telegram refuses', () => {
  test.each([
    [400, 'Bad Request: PEER_ID_INVALID'],
    [400, 'Bad Request: user not found'],
    [400, 'Bad Request: have no rights to send a message'],
    [400, 'Bad Request: chat not found'],
    [403, 'Forbidden: bot was blocked by the user'],
    [403, 'Forbidden: user is deactivated'],
    [403, 'Forbidden: a reason Telegram has yet to introduce'],
  ])('%i %s: the user is unreachable, no event, no second try', async (status, description) => {
    const { bot, lena: user } = await startWithLena()
    await refuse(bot, { status, description, methods: ['sendMessage'] })

    await user.send('привет')
    await until(() => handled(bot, 'unreachable')).toBe(1)

    expect(await errorsOf(bot)).toEqual([])
    expect(await metric(bot, /^bot_telegram_calls_total\{.*outcome="refused"/)).toBe(0)
  })

  test.each([
    [429, 'Too Many Requests', undefined],
    [429, 'Too Many Requests: retry after 1', { retry_after: 1 }],
    [429, 'Too Many Requests: retry after 1', undefined],
    [400, 'Bad Request: FLOOD_WAIT_1', undefined],
    [502, 'Bad Gateway', undefined],
  ])('%i %s twice: it is repeated and arrives', async (status, description, parameters) => {
    const { bot, lena: user } = await startWithLena()
    await refuse(bot, { status, description, parameters, methods: ['sendMessage'], times: 2 })

    await user.ask('/help', /Как это работает/)

    expect(await errorsOf(bot)).toEqual([])
  })

  test('an unknown refusal is a failure of ours: the apology names its code, one event is recorded', async () => {
    const { bot, lena: user } = await startWithLena()
    const description = 'Bad Request: something unheard of'
    await refuse(bot, { status: 400, description, methods: ['sendMessage'], times: 1 })

    const { text } = await user.reply(/Код для поддержки/, await user.send({ sticker: true }))

    const errors = await errorsOf(bot)
    expect(errors).toHaveLength(1)
    expect(text).toContain(errors[0]?.request_id)
    expect(await metric(bot, /^bot_telegram_calls_total\{.*outcome="refused"/)).toBe(1)
  })

  test.each([
    ['answerCallbackQuery', 'Bad Request: query is too old and response timeout expired or query ID is invalid'],
    ['answerCallbackQuery', 'Bad Request: something unheard of'],
    ['editMessageReplyMarkup', 'Bad Request: message is not modified: specified new message content …'],
    ['editMessageReplyMarkup', 'Bad Request: message to edit not found'],
    ['editMessageReplyMarkup', 'Bad Request: something unheard of'],
  ])('what only decorates a press (%s: %s) does not decide over the answer', async (method, description) => {
    const { bot, lena: user } = await startWithLena()
    await refuse(bot, { status: 400, description, methods: [method] })

    await user.ask('/delete_me', /Удалить все ваши данные/)
    await user.press(/Да, удалить/)
    await user.reply(/точно удалить/)

    expect(await metric(bot, /^bot_updates_total\{.*outcome="failed"/)).toBe(0)
  })

  test.each([
    ['a draft', ['sendMessageDraft']],
    ['a draft, a change', ['sendMessageDraft', 'editMessageText']],
    ['a draft, a change, a deletion', ['sendMessageDraft', 'editMessageText', 'deleteMessage']],
  ])('the progress of an answer (%s is refused) does not decide over it', async (_, methods) => {
    const { bot, lena: user } = await startWithLena()
    await refuse(bot, { status: 400, description: 'Bad Request: MESSAGE_ID_INVALID', methods })

    await user.ask('собери корзину: молоко', /Итого/)

    expect(await errorsOf(bot)).toEqual([])
  })
})

test('failures of commands and buttons are counted apart: errors never outnumber messages', async () => {
  const { bot, lena: user } = await startWithLena()
  const unknown = { status: 400, description: 'Bad Request: something unheard of', methods: ['sendMessage'] }

  await refuse(bot, { ...unknown, times: 1 })
  await user.ask('/help', /Код для поддержки/)
  await refuse(bot, { ...unknown, times: 1 })
  await user.ask('/me', /Код для поддержки/)
  await heal(bot)

  expect(await errorsOf(bot)).toEqual([])
  await until(() => metric(bot, /^bot_updates_total\{.*type="command",outcome="failed"/)).toBe(2)
  expect(await metric(bot, /^bot_updates_total\{.*type="message",outcome="failed"/)).toBe(0)
})

test('a blocked user makes no start, no session and no counted message, however often they write', async () => {
  const { bot, lena: user } = await startWithLena()
  await user.reply(/только текст/, await user.send({ sticker: true }))
  const before = await bot.sql('select event_type, metadata from user_events order by created_at')
  await bot.sql(
    "update users set blocked_at = now() - interval '1 second', last_message_at = now() - interval '2 hours'",
  )

  await user.ask('/start habr', /Доступ к боту для вас закрыт/)
  await user.reply(/Доступ к боту для вас закрыт/, await user.send('молоко'))
  await user.reply(/Доступ к боту для вас закрыт/, await user.send({ photo: true, caption: 'хлеб' }))

  expect(await bot.sql('select event_type, metadata from user_events order by created_at')).toEqual(before)
  expect(await bot.sql('select sum(messages)::int as messages from daily_stats')).toEqual([{ messages: 1 }])
  expect(await metric(bot, /^bot_messages_recorded_total/)).toBe(1)
})
