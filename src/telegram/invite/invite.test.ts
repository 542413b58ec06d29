import { expect, test } from 'vitest'
import { eventually, startBot } from '../testing/start-bot.ts'

test('/invite gives the personal link with the bot’s name, a code instead of the id, and the numbers', async () => {
  const { person, users } = await startBot()
  users.set(7, { cartsCreated: 4 })

  person(7).say('/invite')
  await eventually(() => person(7).read().length === 1)

  expect(person(7).last()).toContain('https://t.me/test_bot?start=ref_Ab3_xY9z')
  expect(person(7).last()).toContain('пришли: 3, из них собрали корзину: 1')
  expect(person(7).last()).toContain('1\u00A0корзина')
})

test('who is not registered is sent to /start', async () => {
  const { person } = await startBot()

  person(7).say('/invite')
  await eventually(() => person(7).read().length === 1)

  expect(person(7).last()).toContain('/start')
})

test('with the database away the person gets an apology with the request id', async () => {
  const { person, users, events } = await startBot()
  users.away = true

  person(7).say('/invite')
  await eventually(() => person(7).read().length === 1)

  expect(person(7).last()).toMatch(/код [0-9A-Z]{12}/)
  expect(events).toEqual([])
})
