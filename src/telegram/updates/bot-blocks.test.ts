import { expect, test } from 'vitest'
import { html } from '../html.ts'
import { eventually, startBot } from '../testing/start-bot.ts'

const changes = (calls: { method: string; userId: number; argument?: unknown }[]) =>
  calls.filter(({ method }) => method === 'botBlocked')

test('a block in Telegram and its end are recorded with their time', async () => {
  const { user, act, users, handled } = await startBot()
  user(7).say('/help')

  act.block(7, true)
  act.block(7, false)
  await eventually(async () => (await handled()) === 3)

  expect(changes(users.calls)).toMatchObject([
    { userId: 7, argument: { blocked: true } },
    { userId: 7, argument: { blocked: false } },
  ])
})

test('of a group, and of what cannot be read, nothing is recorded', async () => {
  const { act, users, handled } = await startBot()
  const from = { id: 7, is_bot: false, first_name: 'Анна' }
  const kicked = { status: 'kicked', user: from, until_date: 0 }
  const update = (id: number, chat: object, date: unknown, member: object) =>
    act.inject({
      update_id: id,
      my_chat_member: { chat, from, date, old_chat_member: member, new_chat_member: member },
    } as never)

  update(900_001, { id: -5, type: 'group', title: 'Дом' }, 1_790_000_000, kicked)
  update(900_002, { id: 7, type: 'private', first_name: 'Анна' }, 'вчера', kicked)
  update(900_003, { id: 7, type: 'private', first_name: 'Анна' }, 1_790_000_000, { status: 'left', user: from })
  await eventually(async () => (await handled()) === 3)

  expect(changes(users.calls)).toEqual([])
})

test('a message that Telegram refuses to a user who has blocked the bot records it, and nothing is sent to them after', async () => {
  const { user, act, users, telegram, samples } = await startBot()
  user(7).say('/help')
  await eventually(() => user(7).read().length === 1)
  act.block(7, true)
  await eventually(() => changes(users.calls).length === 1)
  await users.botBlocked(7, { key: 'as if it were not known', at: new Date(), blocked: false })
  const sent = async () =>
    (await samples('bot_telegram_calls_total'))
      .filter(({ labels }) => 'method' in labels && labels.method === 'sendMessage')
      .reduce((sum, { value }) => sum + value, 0)

  const first = await telegram.notify(7, html`Пришёл друг`)
  await eventually(() => changes(users.calls).length === 3)
  const before = await sent()
  const second = await telegram.notify(7, html`Ещё один`)

  expect([first, second]).toEqual([false, false])
  expect(changes(users.calls).at(-1)).toMatchObject({ userId: 7, argument: { blocked: true } })
  expect(before).toBeGreaterThan(0)
  expect(await sent()).toBe(before)
})
