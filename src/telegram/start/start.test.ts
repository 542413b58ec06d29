import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimeoutError } from '../../errors.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer } from '../testing/fake-assistant.ts'
import { eventually, startBot } from '../testing/start-bot.ts'

test('a new user is greeted with examples, then asked for consent in short', async () => {
  const { user, users } = await startBot()
  const anna = user(7)

  anna.say('/start habr')
  await eventually(() => anna.read().length === 2)

  const [greeting, consent] = anna.read()
  expect(greeting).toMatch(/^Привет! Напишите, что хочется съесть/)
  expect(consent).toContain('GigaChat')
  expect(anna.buttons()).toEqual([
    'Завтрак на двоих',
    'Борщ на четверых',
    'Ужин до 1000\u00A0₽',
    'Согласен',
    'Подробнее',
  ])
  expect(anna.read().join('\n').length).toBeLessThan(500) // both on one screen of a phone
  expect(users.calls).toContainEqual({ method: 'start', userId: 7, argument: 'habr' })
})

test('who has agreed is welcomed back without the consent text', async () => {
  const { user, users, handled } = await startBot()
  users.set(7, { consentVersion, cartsCreated: 2 })
  const anna = user(7)

  anna.say('/start')
  await eventually(async () => (await handled()) === 1)

  expect(anna.read()).toEqual([expect.stringContaining('Осталось корзин: 3.')])
})

test('who is not new is greeted with what is really left, and no survey they have done already', async () => {
  const { user, users } = await startBot()
  users.set(7, { consentVersion: null, cartLimit: 3, cartsCreated: 1, surveyCompleted: true })
  users.set(8, { consentVersion: null, cartLimit: 0, cartsCreated: 0 })

  for (const id of [7, 8]) {
    user(id).say('/start')
    await eventually(() => user(id).read().length === 2)
  }

  expect(user(7).read()[0]).toContain('Осталось корзин: 2.')
  expect(user(7).read()[0]).not.toContain('/survey')
  expect(user(8).read()[0]).toContain('Бесплатные корзины закончились. Ещё можно получить: /invite.')
})

describe('a pressed example', () => {
  test('is answered as if it had been written, counts as a message, and is shown as what was asked', async () => {
    const { user, users, assistant, handled, samples } = await startBot()
    users.set(7, { consentVersion })
    const anna = user(7)
    anna.say('/start')
    await eventually(() => anna.read().length === 1)

    anna.press('Борщ на четверых')
    await eventually(async () => (await handled('answered')) === 2)

    expect(assistant.questions).toMatchObject([{ text: 'Борщ на четверых', maybeRepeat: false }])
    expect(anna.last()).toBe('Борщ на четверых\n\nВот что нашлось')
    expect(users.calls.filter(({ method }) => method === 'message')).toHaveLength(1)
    expect(await samples('bot_updates_total')).toContainEqual({
      labels: expect.objectContaining({ type: 'message', outcome: 'answered' }),
      value: 1,
    })
  })

  test('twice is answered once', async () => {
    const { user, users, assistant, handled } = await startBot()
    users.set(7, { consentVersion })
    user(7).say('/start')
    await eventually(() => user(7).read().length === 1)

    user(7).press('Борщ на четверых')
    user(7).press('Борщ на четверых')
    await eventually(async () => (await handled()) === 3)

    expect(assistant.questions).toHaveLength(1)
    expect(user(7).read()).toHaveLength(2)
  })

  test('before consent waits for it', async () => {
    const { user, assistant } = await startBot()
    const anna = user(7)
    anna.say('/start')
    await eventually(() => anna.buttons().includes('Согласен'))

    anna.press('Завтрак на двоих')
    await eventually(() => anna.last().includes('Чтобы ответить, нужно согласие'))
    anna.press('Завтрак на двоих')
    await eventually(() => anna.read().filter(text => text.includes('Чтобы ответить')).length === 2)
    anna.press('Согласен')
    await eventually(() => anna.last().includes('Вот что нашлось'))

    expect(assistant.questions).toMatchObject([{ text: 'Завтрак на двоих' }])
    expect(anna.last()).toContain('Завтрак на двоих')
  })

  test('of a blocked user is not answered', async () => {
    const { user, users, assistant } = await startBot()
    user(7).say('/start')
    await eventually(() => user(7).read().length === 2)
    users.set(7, { consentVersion, blocked: { reason: null } })

    user(7).press('Борщ на четверых')
    await eventually(() => user(7).last().includes('закрыт'))

    expect(assistant.questions).toEqual([])
  })

  test('that fails is the failure of a message', async () => {
    const { user, users, assistant, events } = await startBot()
    users.set(7, { consentVersion })
    user(7).say('/start')
    await eventually(() => user(7).read().length === 1)
    assistant.respond = () => anAnswer({ text: null, error: new TimeoutError('shop', 1) })

    user(7).press('Борщ на четверых')
    await eventually(() => events.length === 1)

    expect(events).toMatchObject([{ type: 'bot_error', metadata: { error_type: 'TimeoutError' } }])
  })
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

  expect(user(7).last()).toContain('Напишите, что хочется съесть')
})

test('no payload makes /start fail', async () => {
  const { user, handled } = await startBot()
  const payloads = fc.sample(fc.string({ unit: 'binary', maxLength: 100 }), 30)

  for (const [i, payload] of payloads.entries()) user(100 + i).say(`/start ${payload}`)
  await eventually(async () => (await handled()) === payloads.length)

  expect(await handled('answered')).toBe(payloads.length)
})
