import fc from 'fast-check'
import { expect, test } from 'vitest'
import { consentVersion } from '../privacy/policy.ts'
import { eventually, startBot } from '../testing/start-bot.ts'

test('a new user is greeted with examples and cart conditions, then asked for consent', async () => {
  const { user, users } = await startBot()
  const anna = user(7)

  anna.say('/start habr')
  await eventually(() => anna.read().length === 2)

  const [greeting, consent] = anna.read()
  expect(greeting).toContain('собери завтрак')
  expect(greeting).toContain('5\u00A0корзин')
  expect(consent).toContain('GigaChat')
  expect(anna.buttons()).toEqual(['Согласен'])
  expect(users.calls).toContainEqual({ method: 'start', userId: 7, argument: 'habr' })
})

test('who has agreed is welcomed back without the consent text', async () => {
  const { user, users, handled } = await startBot()
  users.set(7, { consentVersion, cartsCreated: 2 })
  const anna = user(7)

  anna.say('/start')
  await eventually(async () => (await handled()) === 1)

  expect(anna.read()).toEqual([expect.stringContaining('3\u00A0корзины')])
})

test('who is not new is greeted with what is really left, and no survey they have done already', async () => {
  const { user, users } = await startBot()
  users.set(7, { consentVersion: null, cartLimit: 3, cartsCreated: 1, surveyCompleted: true })
  users.set(8, { consentVersion: null, cartLimit: 0, cartsCreated: 0 })

  for (const id of [7, 8]) {
    user(id).say('/start')
    await eventually(() => user(id).read().length === 2)
  }

  expect(user(7).read()[0]).toContain('2\u00A0корзины')
  expect(user(7).read()[0]).not.toContain('/survey')
  expect(user(8).read()[0]).toContain('Бесплатных корзин сейчас нет')
})

test('the inviter hears of the friend when the link is followed', async () => {
  const { user, users } = await startBot()
  users.set(8, {})
  user(8).say('/help')
  await eventually(() => user(8).read().length === 1)

  user(7).say('/start ref_8')
  await eventually(() => user(8).read().length === 2)

  expect(user(8).last()).toContain('пришёл друг')
})

test('with the database down the greeting comes all the same', async () => {
  const { user, users } = await startBot()
  users.isDown = true

  user(7).say('/start habr')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toContain('собери завтрак')
})

test('no payload makes /start fail', async () => {
  const { user, handled } = await startBot()
  const payloads = fc.sample(fc.string({ unit: 'binary', maxLength: 100 }), 30)

  for (const [i, payload] of payloads.entries()) user(100 + i).say(`/start ${payload}`)
  await eventually(async () => (await handled()) === payloads.length)

  expect(await handled('answered')).toBe(payloads.length)
})
