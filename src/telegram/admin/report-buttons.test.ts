import { expect, test } from 'vitest'
import { silentLog } from '../../telemetry/log.ts'
import type { CommandTable } from '../commands.ts'
import { html } from '../html.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import type { AdminConversation } from './admin-deps.ts'
import { createReportConversation } from './report-buttons.ts'

/** The header of a PNG of this width; the fake looks no further. */
function png(width: number): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.writeUInt32BE(0x89504e47, 0)
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(100, 20)
  return bytes
}

async function setup({ draw = async () => png(100), asOf = null as Date | null } = {}) {
  const buttons = ['week', 'month'].map(args => ({ label: args, args }))
  const admin = (): AdminConversation => {
    const reports = createReportConversation(
      {
        funnel: async args => ({
          text: html`числа ${args}`,
          picture: { caption: `картинка ${args}`, draw },
          buttons,
        }),
        searches: async args => ({ text: html`поиск ${args}`, buttons }),
      },
      {
        log: silentLog,
        timeZone: 'Europe/Moscow',
        analytics: { timed: async read => ({ answer: await read(), asOf }) },
      },
    )
    const entry = { menu: null, help: null }
    const commands: CommandTable = {
      admin_funnel: { ...entry, handle: reports.handlers.funnel },
      admin_searches: { ...entry, handle: reports.handlers.searches },
    }
    return { commands, buttons: reports.buttons }
  }
  const bot = await startBot({ admin })
  const messages = () => bot.act.messages(1).filter(({ from }) => from?.is_bot === true)
  return { ...bot, admin: bot.user(1), messages, captions: () => messages().map(({ caption }) => caption) }
}

test('numbers of a standby say which time they are true for, also after a press', async () => {
  const { admin, messages, handled } = await setup({ asOf: new Date('2026-03-10T11:03:59Z') })

  admin.say('/admin_searches week')
  await eventually(async () => (await handled()) === 1)
  admin.press('month')
  await eventually(async () => (await handled()) === 2)

  expect(messages().map(({ text }) => text)).toEqual(['поиск month\n\nДанные на 14:03'])
})

test('a press replaces the text and its picture, again and again', async () => {
  const { admin, messages, captions, handled } = await setup()
  admin.say('/admin_funnel week')
  await eventually(async () => (await handled()) === 1)

  for (const label of ['month', 'week', 'month']) admin.press(label)
  await eventually(async () => (await handled()) === 4)

  expect(admin.read()).toEqual(['числа month', ''])
  expect(captions()).toEqual([undefined, 'картинка month'])
  expect(admin.buttons()).toEqual(['week', 'month'])
  expect(messages().map(({ edit_date }) => edit_date !== undefined)).toEqual([true, true])
})

test('when the picture was deleted, a new one follows', async () => {
  const { admin, act, messages, captions, handled } = await setup()
  admin.say('/admin_funnel week')
  await eventually(async () => (await handled()) === 1)

  act.remove(1, messages()[1]?.message_id ?? 0)
  admin.press('month')
  await eventually(async () => (await handled()) === 2)
  admin.press('week')
  await eventually(async () => (await handled()) === 3)

  expect(captions()).toEqual([undefined, 'картинка week'])
})

test('a picture that cannot be drawn costs only itself', async () => {
  const { admin, handled } = await setup({ draw: () => Promise.reject(new Error('no memory')) })

  admin.say('/admin_funnel week')
  await eventually(async () => (await handled()) === 1)
  admin.press('month')
  await eventually(async () => (await handled('answered')) === 2)

  expect(admin.read()).toEqual(['числа month'])
})

test('the buttons of another user’s message do nothing, an answer without a picture changes alone', async () => {
  const { admin, act, user, handled } = await setup()
  admin.say('/admin_searches')
  act.send(7, { text: '/help' })
  await eventually(async () => (await handled()) === 2)

  admin.press('month')
  const from = { id: 7, is_bot: false, first_name: 'Чужой' }
  act.inject({
    callback_query: { id: '1', from, chat_instance: '1', data: 'admin_show:searches::month' },
  })
  await eventually(async () => (await handled()) === 4)

  expect(admin.read()).toEqual(['поиск month'])
  expect(user(7).read().join()).not.toContain('поиск')
})
