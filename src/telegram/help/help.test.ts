import { expect, test } from 'vitest'
import { eventually, startBot } from '../testing/start-bot.ts'

test('/help states what the bot does, what it cannot, and the bonuses', async () => {
  const { user } = await startBot({ supportContact: 'help@example.org' })

  user(7).say('/help')
  await eventually(() => user(7).read().length === 1)

  for (const words of ['Чего не умею', '5\u00A0корзин', '3\u00A0корзины', 'help@example.org']) {
    expect(user(7).last()).toContain(words)
  }
})

test('/reset clears the dialogue', async () => {
  const { user, assistant } = await startBot()

  user(7).say('/reset')
  await eventually(() => user(7).last().includes('забыт'))

  expect(assistant.cleared).toEqual([7])
})

test.each(['/unknown', '/START@other_bot', '/help_me please'])(
  '%s gets a short hint and never reaches the model',
  async text => {
    const { user, users, assistant } = await startBot()
    users.set(7, {})

    user(7).say(text)
    await eventually(() => user(7).read().length === 1)

    expect(assistant.questions).toEqual([])
  },
)

test('an unknown button is answered politely', async () => {
  const { act, handled } = await startBot()
  const from = { id: 7, is_bot: false, first_name: 'Анна' }

  act.inject({ callback_query: { id: '1', from, chat_instance: '1', data: 'cart_fb_pos' } })
  await eventually(async () => (await handled('answered')) === 1)

  expect(await handled('failed')).toBe(0)
})

test('the menu of commands is set at the start', async () => {
  const { api } = await startBot()

  const commands = await api.getMyCommands()

  expect(commands).toContainEqual({ command: 'survey', description: expect.any(String) })
  expect(JSON.stringify(commands)).not.toContain('admin')
})
