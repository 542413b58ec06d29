import { expect, test } from 'vitest'
import { consentVersion } from '../privacy/policy.ts'
import { eventually, startBot } from '../testing/start-bot.ts'

const groupId = -1_001_000_000_001

test.each(['/start', '/start@test_bot', '@test_bot молоко'])(
  'in a group %j is answered with a link to the private chat',
  async text => {
    const { act, user, handled } = await startBot()

    user(7).say(text, { chat: 'group' })
    await eventually(async () => (await handled()) === 1)

    const answers = act.messages(groupId).filter(({ from }) => from?.is_bot)
    expect(answers).toMatchObject([{ text: expect.stringContaining('личном чате') }])
  },
)

test('a group’s own talk is left alone', async () => {
  const { act, user, handled, users, assistant } = await startBot()
  users.set(7, { consentVersion })

  user(7).say('купим молока?', { chat: 'group' })
  user(7).say('/help@other_bot', { chat: 'group' })
  await eventually(async () => (await handled('ignored')) === 2)

  expect(act.messages(groupId).filter(({ from }) => from?.is_bot)).toEqual([])
  expect(assistant.questions).toEqual([])
  expect(users.calls).toEqual([])
})

test.each([undefined, null, 'x', 1.5, 2 ** 53, [], {}])('a group whose id is %j is left alone', async id => {
  const { act, handled } = await startBot()
  const from = { id: 7, is_bot: false, first_name: 'Анна' }

  // biome would not let a test say it otherwise: the type knows only orderly chats
  const message = JSON.parse(
    JSON.stringify({ message_id: 1, date: 1, from, chat: { id, type: 'group' }, text: '/start' }),
  )
  act.inject({ message })
  await eventually(async () => (await handled('ignored')) === 1)

  expect(await handled('failed')).toBe(0)
})

test('an admin’s command in a group shows nothing there', async () => {
  const { act, user, handled } = await startBot()

  user(1).say('/admin_stats', { chat: 'group' })
  await eventually(async () => (await handled('refused')) === 1)

  expect(act.messages(groupId).at(-1)?.text).toContain('только в личном чате')
})
