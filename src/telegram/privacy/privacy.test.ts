import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../../errors.ts'
import { aCart } from '../testing/fake-users.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import { consentVersion } from './policy.ts'

describe('consent', () => {
  test('is asked before anything reaches the model, then the request is answered at once', async () => {
    const { person, users, assistant } = await startBot()
    const anna = person(7)
    users.set(7, { consentVersion: null })

    anna.say('молоко и хлеб')
    await eventually(() => anna.buttons().includes('Согласен'))
    const askedBefore = assistant.questions.length
    anna.press('Согласен')
    await eventually(() => assistant.questions.length === 1)

    expect(askedBefore).toBe(0)
    expect(users.calls).toContainEqual({ method: 'consent', userId: 7, argument: consentVersion })
    expect(assistant.questions).toMatchObject([{ text: 'молоко и хлеб', user: { consentVersion } }])
  })

  test('given again after a kill shows the cart that was made of the forgotten request', async () => {
    const { person, users } = await startBot()
    const anna = person(7)
    users.set(7, { consentVersion: null })
    users.cartOf = async () => aCart()
    anna.say('/start')
    await eventually(() => anna.buttons().includes('Согласен'))

    anna.press('Согласен')

    await eventually(() => anna.last().includes('Итого'))
    expect(anna.urls()).toEqual([aCart().link])
  })

  test('given after the request was forgotten asks to write again', async () => {
    const { person, assistant, clock } = await startBot()
    const anna = person(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    clock.offsetMs = 11 * 60_000
    anna.press('Согласен')
    await eventually(() => anna.last().includes('Напишите, что собрать'))

    expect(assistant.questions).toEqual([])
  })

  test('of somebody blocked meanwhile does not bring their request back', async () => {
    const { person, users, assistant } = await startBot()
    const anna = person(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    users.set(7, { blocked: { reason: null } })
    anna.press('Согласен')
    await eventually(() => anna.last().includes('закрыт'))

    expect(assistant.questions).toEqual([])
  })

  test('to an earlier text does not count', async () => {
    const { person, users, assistant } = await startBot()
    users.set(7, { consentVersion: '2020-01' })

    person(7).say('молоко')
    await eventually(() => person(7).buttons().includes('Согласен'))

    expect(assistant.questions).toEqual([])
  })

  test('can be withdrawn with /privacy; then the dialogue is forgotten and consent is asked anew', async () => {
    const { person, users, assistant } = await startBot()
    const anna = person(7)
    users.set(7, { consentVersion })

    anna.say('/privacy')
    await eventually(() => anna.buttons().includes('Отозвать согласие'))
    anna.press('Отозвать согласие')
    await eventually(() => anna.last().includes('Согласие отозвано'))
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    expect(assistant.forgotten).toEqual([7])
    expect(assistant.questions).toEqual([])
  })
})

test('/privacy names recipients, storage and the contact, database or not', async () => {
  const { person, users } = await startBot({ supportContact: 'help@example.org' })
  users.away = true

  person(7).say('/privacy')
  await eventually(() => person(7).read().length === 1)

  for (const word of ['GigaChat', 'ВкусВилл', '12 месяцев', '30 дней', '24 часа', '/delete_me', 'help@example.org']) {
    expect(person(7).last()).toContain(word)
  }
})

test('/me shows what is stored', async () => {
  const { person, users } = await startBot()
  users.set(7, { consentVersion, cartsCreated: 2, cartLimit: 10, surveyCompleted: true })

  person(7).say('/me')
  await eventually(() => person(7).read().length === 1)

  expect(person(7).last()).toContain('использовано 2 из 10')
  expect(person(7).last()).toContain('Опрос: пройден')
  expect(person(7).last()).toContain('обработку данных: дано')
})

describe('/delete_me', () => {
  test('asks twice, erases everywhere and gives a receipt', async () => {
    const { person, users, assistant, erased } = await startBot()
    const anna = person(7)
    users.set(7, { consentVersion })

    anna.say('/delete_me')
    await eventually(() => anna.buttons().includes('Да, удалить'))
    anna.press('Да, удалить')
    await eventually(() => anna.buttons().includes('Точно удалить'))
    const erasedBefore = users.calls.filter(({ method }) => method === 'erase').length
    anna.press('Точно удалить')
    await eventually(() => anna.last().includes('Ваши данные удалены'))

    expect(erasedBefore).toBe(0)
    expect(users.get(7)).toBeUndefined()
    expect(assistant.forgotten).toEqual([7])
    expect(erased).toEqual([7])
    expect(anna.last()).toContain('12\u00A0событий')
    expect(anna.last()).toContain('отпечаток')
    expect(anna.last()).toContain('30 дней')
  })

  test('does nothing when the person thinks better of it', async () => {
    const { person, users } = await startBot()
    users.set(7, {})

    person(7).say('/delete_me')
    await eventually(() => person(7).buttons().includes('Нет, оставить'))
    person(7).press('Нет, оставить')
    await eventually(() => person(7).last().includes('остаётся'))

    expect(users.get(7)).toBeDefined()
  })

  test('does nothing when the button is older than ten minutes', async () => {
    const { person, users, clock, handled } = await startBot()
    users.set(7, {})
    person(7).say('/delete_me')
    await eventually(() => person(7).buttons().includes('Да, удалить'))
    person(7).press('Да, удалить')
    await eventually(() => person(7).buttons().includes('Точно удалить'))

    clock.offsetMs = 11 * 60_000
    person(7).press('Точно удалить')
    await eventually(async () => (await handled()) === 3)

    expect(users.get(7)).toBeDefined()
  })

  test('with the database away says that it will be done', async () => {
    const { person, users, erased } = await startBot()
    users.away = true

    person(7).say('/delete_me')
    await eventually(() => person(7).buttons().includes('Да, удалить'))
    person(7).press('Да, удалить')
    await eventually(() => person(7).buttons().includes('Точно удалить'))
    person(7).press('Точно удалить')
    await eventually(() => person(7).last().includes('записан'))

    expect(erased).toEqual([7])
  })

  test('promises nothing when neither database nor disk has taken the request', async () => {
    const { person, users } = await startBot()
    users.erase = async () => {
      throw new UpstreamError('postgres', null, 'not stored: in memory', true)
    }

    person(7).say('/delete_me')
    await eventually(() => person(7).buttons().includes('Да, удалить'))
    person(7).press('Да, удалить')
    await eventually(() => person(7).buttons().includes('Точно удалить'))
    person(7).press('Точно удалить')
    await eventually(() => person(7).last().includes('не получилось'))

    expect(person(7).last()).toContain('запрос не записан')
    expect(person(7).last()).toMatch(/напишите нам код \S+/)
  })

  test('forgets a request that waits for consent', async () => {
    const { person, users, assistant } = await startBot()
    const anna = person(7)
    users.set(7, { consentVersion: null })
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))
    anna.say('/delete_me')
    await eventually(() => anna.buttons().includes('Да, удалить'))
    anna.press('Да, удалить')
    await eventually(() => anna.buttons().includes('Точно удалить'))
    anna.press('Точно удалить')
    await eventually(() => anna.last().includes('удалены'))

    anna.press('Согласен')
    await eventually(() => anna.read().some(text => text.includes('Напишите, что собрать')))

    expect(assistant.questions).toEqual([])
  })
})
