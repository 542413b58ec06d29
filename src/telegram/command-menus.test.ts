import { Composer } from 'grammy'
import { expect, test } from 'vitest'
import type { AdminConversation } from './admin/admin-deps.ts'
import { publicCommands } from './command.ts'
import { html } from './html.ts'
import { reply } from './reply.ts'
import { eventually, startBot } from './testing/start-bot.ts'

const admin = (): AdminConversation => ({
  commands: {
    admin_stats: { menu: 'Числа', help: 'числа', handle: ctx => reply(ctx, html`числа`) },
    admin: { menu: null, help: null, handle: ctx => reply(ctx, html`числа`) },
  },
  buttons: new Composer(),
})
/** The fake Telegram of a running bot, whose admins have opened their chats before it started. */
const startWithAdmins = (adminUserIds: number[]) =>
  startBot({
    admin,
    adminUserIds,
    beforeStart: ({ act }) => {
      for (const id of adminUserIds) act.send(id, { text: '/help' })
    },
  })

test('users see the commands of users', async () => {
  const { menuOf } = await startWithAdmins([1])

  expect(menuOf(7)).toEqual([...publicCommands])
})

test('every admin sees their own commands below those of users, without the aliases', async () => {
  const { menuOf } = await startWithAdmins([1, 5])

  for (const id of [1, 5]) expect(menuOf(id)).toEqual([...publicCommands, 'admin_stats'])
})

test('an admin who opens the chat later gets the menu with /start', async () => {
  const { menuOf, user } = await startBot({ admin })
  expect(menuOf(1)).toEqual([...publicCommands])

  user(1).say('/start')

  await eventually(() => menuOf(1).includes('admin_stats'))
})

test('/start of a user changes no menu', async () => {
  const { menuOf, user, handled } = await startBot({ admin })

  user(7).say('/start')
  await eventually(async () => (await handled()) === 1)

  expect(menuOf(7)).toEqual([...publicCommands])
})

test('a refused menu does not keep the bot from starting', async () => {
  const { user, menuOf } = await startBot({
    admin,
    beforeStart: ({ faults }) => {
      faults.set({ service: 'telegram', mode: 'status', status: 400, delay_ms: 0, rate: 1, methods: ['setMyCommands'] })
    },
  })

  user(7).say('/help')

  await eventually(() => user(7).read().length === 1)
  expect(menuOf(7)).toEqual([])
})
