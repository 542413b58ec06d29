import { expect, test } from 'vitest'
import { eventually, startBot } from '../testing/start-bot.ts'

test('/invite gives the personal link with the bot’s name, a code instead of the id, and the numbers', async () => {
  const { user, users } = await startBot()
  users.set(7, { cartsCreated: 4 })

  user(7).say('/invite')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toContain('https://t.me/test_bot?start=ref_Ab3_xY9z')
  expect(user(7).last()).toContain('пришли: 3, из них собрали корзину: 1')
  expect(user(7).last()).toContain('Осталось корзин: 1.')
  expect(decodeURIComponent(user(7).urls()[0] ?? '')).toContain('text=Собирает корзину во ВкусВилле')
})

test('who is not registered is sent to /start', async () => {
  const { user } = await startBot()

  user(7).say('/invite')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toContain('/start')
})

test('with the database down the user gets an apology with the request id', async () => {
  const { user, users, events } = await startBot()
  users.isDown = true

  user(7).say('/invite')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toMatch(/Код для поддержки: [0-9A-Z]{12}/)
  expect(events).toEqual([])
})
