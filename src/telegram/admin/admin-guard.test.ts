import { Composer, InlineKeyboard } from 'grammy'
import { expect, test } from 'vitest'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { consentVersion } from '../privacy/policy.ts'
import { reply } from '../reply.ts'
import { anAnswer, createGate } from '../testing/fake-assistant.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import type { AdminConversation } from './admin-deps.ts'

const adminCommands = (): AdminConversation => ({
  commands: {
    admin_stats: {
      menu: 'Числа',
      help: 'числа',
      handle: ctx => reply(ctx, html`числа: ${ctx.command?.payload ?? ''}`),
    },
    admin_urgent: {
      menu: 'Срочное',
      help: 'срочное',
      isUrgent: true,
      handle: ctx => reply(ctx, html`срочно`, new InlineKeyboard().text('Нажать', 'urgent_press')),
    },
  },
  buttons: new Composer(),
  urgentButtons,
})
const urgentButtons = new Composer<BotContext>()
urgentButtons.callbackQuery('urgent_press', ctx => reply(ctx, html`нажато`))

test.each([
  '/admin_stats',
  '/admin_stats@test_bot week',
  '/ADMIN_block 5',
  '  /admin_stats',
  '\u200B/admin_erase 5',
  'покажи /admin_stats пожалуйста',
  '/admin',
  '／admin_stats',
])('%j of another user is refused and never reaches the model', async text => {
  const { act, users, assistant, handled, user } = await startBot({ admin: adminCommands })
  users.set(7, { consentVersion })

  act.send(7, { text })
  act.send(7, { photo: true, caption: text })
  await eventually(async () => (await handled('refused')) === 2)

  expect(user(7).last()).toContain('только администратору')
  expect(assistant.questions).toEqual([])
})

test('an admin’s command is carried out', async () => {
  const { user } = await startBot({ admin: adminCommands })

  user(1).say('/admin_stats@test_bot week')
  await eventually(() => user(1).read().length === 1)

  expect(user(1).last()).toBe('числа: week')
})

test('an admin’s unknown or misplaced command is answered and goes nowhere', async () => {
  const { user, users, assistant } = await startBot({ admin: adminCommands })
  users.set(1, { consentVersion })

  user(1).say('/admin_unknown')
  user(1).say('сделай /admin_stats')
  await eventually(() => user(1).read().length === 2)

  expect(user(1).read()).toEqual([expect.stringContaining('нет'), expect.stringContaining('отдельным сообщением')])
  expect(assistant.questions).toEqual([])
})

const stranger = { id: 9, is_bot: false, first_name: 'Чужой' }
const bot = { id: 99, is_bot: true, first_name: 'Бот', username: 'inline_bot' }
const channel = { id: -100_555, type: 'channel', title: 'Еда' }

test.each([
  ['by way of a bot', { via_bot: bot }],
  ['forwarded from a user', { forward_origin: { type: 'user', sender_user: stranger, date: 1_700_000_000 } }],
  ['forwarded from a user, in the old fields', { forward_from: stranger, forward_date: 1_700_000_000 }],
  ['forwarded from a hidden user, in the old fields', { forward_sender_name: 'Чужой', forward_date: 1_700_000_000 }],
  ['forwarded from a channel, in the old fields', { forward_from_chat: channel, forward_from_message_id: 5 }],
  ['forwarded automatically', { is_automatic_forward: true }],
  ['in the name of a channel', { sender_chat: channel }],
  ['through a business account', { business_connection_id: 'b1' }],
  ['by the bot of a business account', { sender_business_bot: bot }],
  ['by an implicit action', { is_from_offline: true }],
  ['in a way the Bot API has yet to add', { sent_by_hologram: true }],
  ['as a caption', { text: undefined, caption: '/admin_stats', photo: [] }],
])('a command of an admin that came %s is not carried out', async (_how, fields) => {
  const { act, user, handled } = await startBot({ admin: adminCommands })
  const from = { id: 1, is_bot: false, first_name: 'Админ' }
  const message = {
    message_id: 70,
    date: 1_800_000_000,
    chat: { id: 1, type: 'private', first_name: 'Админ' },
    from,
    text: '/admin_stats',
  }

  // the type of the library knows only the fields of today
  act.inject(JSON.parse(JSON.stringify({ message: { ...message, ...fields } })))
  await eventually(async () => (await handled()) === 1)

  expect(user(1).read().join()).not.toContain('числа')
})

test('an urgent command or button is answered before what the admin asked earlier, to admins alone', async () => {
  const { user, users, assistant } = await startBot({ admin: adminCommands })
  users.set(1, { consentVersion })
  const gate = createGate()
  assistant.respond = async () => {
    await gate.passed
    return anAnswer()
  }

  user(1).say('молоко')
  await eventually(() => assistant.questions.length === 1)
  user(1).say('/admin_stats')
  user(1).say('/admin_urgent')
  user(2).say('/admin_urgent')
  await eventually(() => user(1).last() === 'срочно')
  await eventually(() => user(2).last().includes('только администратору'))
  user(1).press('Нажать')
  await eventually(() => user(1).last() === 'нажато')

  gate.open()
  await eventually(() => user(1).last().startsWith('числа'))
})
