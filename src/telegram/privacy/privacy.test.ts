import { describe, expect, test } from 'vitest'
import { UpstreamError } from '../../errors.ts'
import { plainText } from '../html.ts'
import { aCart } from '../testing/fake-users.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import { consentText, consentVersion, onlyGigaChat, privacyText, shortConsent, versionFor } from './policy.ts'

describe('consent', () => {
  test('is asked before anything reaches the model, then the request is answered immediately', async () => {
    const { user, users, assistant } = await startBot()
    const anna = user(7)
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

  test('a second time is asked for in one sentence, and the latest request is the one that goes on', async () => {
    const { user, assistant } = await startBot()
    const anna = user(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    anna.say('хлеб')
    await eventually(() => anna.read().length === 2)
    anna.press('Согласен')
    await eventually(() => assistant.questions.length === 1)

    expect(anna.read()[1]).toBe('Чтобы ответить, нужно согласие — оно выше.')
    expect(assistant.questions).toMatchObject([{ text: 'хлеб' }])
  })

  test('after a withdrawal is asked for in full again', async () => {
    const { user, assistant } = await startBot()
    const anna = user(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))
    const question = anna.last()
    anna.press('Согласен')
    await eventually(() => assistant.questions.length === 1)
    anna.say('/privacy')
    await eventually(() => anna.buttons().includes('Отозвать согласие'))
    anna.press('Отозвать согласие')
    await eventually(() => anna.last().includes('Согласие отозвано'))

    anna.say('хлеб')
    await eventually(() => anna.buttons().includes('Согласен'))

    expect(anna.last()).toBe(question)
  })

  test('shows its whole text in place behind «Подробнее», where it can be given too', async () => {
    const { user, users } = await startBot({ supportContact: 'help@example.org' })
    const anna = user(7)
    anna.say('/start')
    await eventually(() => anna.buttons().includes('Подробнее'))

    anna.press('Подробнее')
    await eventually(() => anna.last().includes('12 месяцев'))
    anna.press('Согласен')
    await eventually(() => anna.last().includes('Согласие записано'))

    expect(anna.read()[1]).toContain('help@example.org')
    expect(users.get(7)?.consentVersion).toBe(consentVersion)
  })

  test('given again after a kill shows the cart that was made of the dropped request', async () => {
    const { user, users } = await startBot()
    const anna = user(7)
    users.set(7, { consentVersion: null })
    users.cartOf = async () => aCart()
    anna.say('/start')
    await eventually(() => anna.buttons().includes('Согласен'))

    anna.press('Согласен')

    await eventually(() => anna.last().includes('Итого'))
    expect(anna.urls()).toEqual([aCart().link])
  })

  test('given after the request was dropped asks to write again', async () => {
    const { user, assistant, clock } = await startBot()
    const anna = user(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    clock.offsetMs = 11 * 60_000
    anna.press('Согласен')
    await eventually(() => anna.last().includes('Напишите, что собрать'))

    expect(assistant.questions).toEqual([])
  })

  test('of a user blocked since then does not bring their request back', async () => {
    const { user, users, assistant } = await startBot()
    const anna = user(7)
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    users.set(7, { blocked: { reason: null } })
    anna.press('Согласен')
    await eventually(() => anna.last().includes('закрыт'))

    expect(assistant.questions).toEqual([])
  })

  test('to an earlier text does not count', async () => {
    const { user, users, assistant } = await startBot()
    users.set(7, { consentVersion: '2020-01' })

    user(7).say('молоко')
    await eventually(() => user(7).buttons().includes('Согласен'))

    expect(assistant.questions).toEqual([])
  })

  test('can be withdrawn with /privacy; then the dialogue is cleared and consent is asked anew', async () => {
    const { user, users, assistant } = await startBot()
    const anna = user(7)
    users.set(7, { consentVersion })

    anna.say('/privacy')
    await eventually(() => anna.buttons().includes('Отозвать согласие'))
    anna.press('Отозвать согласие')
    await eventually(() => anna.last().includes('Согласие отозвано'))
    anna.say('молоко')
    await eventually(() => anna.buttons().includes('Согласен'))

    expect(assistant.cleared).toEqual([7])
    expect(assistant.questions).toEqual([])
  })
})

test('/privacy names recipients, storage and the contact, database or not', async () => {
  const { user, users } = await startBot({ supportContact: 'help@example.org' })
  users.isDown = true

  user(7).say('/privacy')
  await eventually(() => user(7).read().length === 1)

  for (const word of ['GigaChat', 'ВкусВилл', '12 месяцев', '30 дней', '24 часа', '/delete_me', 'help@example.org']) {
    expect(user(7).last()).toContain(word)
  }
})

test('/me shows what is stored', async () => {
  const { user, users } = await startBot()
  users.set(7, { consentVersion, cartsCreated: 2, cartLimit: 10, surveyCompleted: true })

  user(7).say('/me')
  await eventually(() => user(7).read().length === 1)

  expect(user(7).last()).toContain('использовано 2 из 10')
  expect(user(7).last()).toContain('Опрос: пройден')
  expect(user(7).last()).toContain('обработку данных: дано')
})

describe('/me with restrictions', () => {
  test('removes one by its button, and a second press is harmless', async () => {
    const { user, users, handled } = await startBot()
    const anna = user(7)
    users.set(7, { consentVersion })
    anna.say('/me')
    await eventually(() => anna.buttons().includes('✕ Аллергия: орехи'))

    anna.press('✕ Аллергия: орехи')
    anna.press('✕ Аллергия: орехи')
    await eventually(async () => (await handled()) === 3)

    expect(users.calls.filter(({ method }) => method === 'removeRestriction')).toHaveLength(1)
    expect(anna.read()).toHaveLength(1)
    expect(anna.last()).toContain('не записаны')
    expect(anna.buttons()).toEqual(['＋ Добавить ограничение'])
  })

  test('adds one of the common ones, which is then offered no more', async () => {
    const { user, users } = await startBot()
    const anna = user(7)
    users.set(7, { consentVersion })
    anna.say('/me')
    await eventually(() => anna.buttons().includes('＋ Добавить ограничение'))
    anna.press('＋ Добавить ограничение')
    await eventually(() => anna.buttons().includes('Веган'))

    anna.press('Веган')
    await eventually(() => anna.buttons().includes('✕ Питание: веган'))
    anna.press('＋ Добавить ограничение')
    await eventually(() => anna.buttons().includes('Вегетарианец'))

    expect(anna.buttons()).not.toContain('Веган')
    expect(users.calls).toContainEqual({
      method: 'addRestriction',
      userId: 7,
      argument: { kind: 'diet', value: 'веган' },
    })
    anna.press('← Назад')
    await eventually(() => anna.last().includes('питание – веган'))
  })

  test('offers to add none without consent', async () => {
    const { user, users } = await startBot()
    users.set(7, { consentVersion: null })

    user(7).say('/me')
    await eventually(() => user(7).read().length === 1)

    expect(user(7).buttons()).toEqual(['✕ Аллергия: орехи'])
  })
})

describe('/delete_me', () => {
  test('asks twice, erases everywhere and gives a receipt', async () => {
    const { user, users, assistant, erased } = await startBot()
    const anna = user(7)
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
    expect(assistant.cleared).toEqual([7])
    expect(erased).toEqual([7])
    expect(anna.last()).toContain('12\u00A0событий')
    expect(anna.last()).toContain('отпечаток')
    expect(anna.last()).toContain('30 дней')
  })

  test('does nothing when the user thinks better of it', async () => {
    const { user, users } = await startBot()
    users.set(7, {})

    user(7).say('/delete_me')
    await eventually(() => user(7).buttons().includes('Нет, оставить'))
    user(7).press('Нет, оставить')
    await eventually(() => user(7).last().includes('остаётся'))

    expect(users.get(7)).toBeDefined()
  })

  test('does nothing when the button is older than ten minutes', async () => {
    const { user, users, clock, handled } = await startBot()
    users.set(7, {})
    user(7).say('/delete_me')
    await eventually(() => user(7).buttons().includes('Да, удалить'))
    user(7).press('Да, удалить')
    await eventually(() => user(7).buttons().includes('Точно удалить'))

    clock.offsetMs = 11 * 60_000
    user(7).press('Точно удалить')
    await eventually(async () => (await handled()) === 3)

    expect(users.get(7)).toBeDefined()
  })

  test('with the database down says that it will be done', async () => {
    const { user, users, erased } = await startBot()
    users.isDown = true

    user(7).say('/delete_me')
    await eventually(() => user(7).buttons().includes('Да, удалить'))
    user(7).press('Да, удалить')
    await eventually(() => user(7).buttons().includes('Точно удалить'))
    user(7).press('Точно удалить')
    await eventually(() => user(7).last().includes('записан'))

    expect(erased).toEqual([7])
  })

  test('promises nothing when neither database nor disk has taken the request', async () => {
    const { user, users } = await startBot()
    users.erase = async () => {
      throw new UpstreamError('postgres', null, 'not stored: in memory', true)
    }

    user(7).say('/delete_me')
    await eventually(() => user(7).buttons().includes('Да, удалить'))
    user(7).press('Да, удалить')
    await eventually(() => user(7).buttons().includes('Точно удалить'))
    user(7).press('Точно удалить')
    await eventually(() => user(7).last().includes('не получилось'))

    expect(user(7).last()).toContain('запрос не записан')
    expect(user(7).last()).toMatch(/Код для поддержки: \S+/)
  })

  test('drops a request that waits for consent', async () => {
    const { user, users, assistant } = await startBot()
    const anna = user(7)
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

describe('who reads what users write', () => {
  const besideGigaChat = { gigachat: true, otherHost: 'llm.example.org' }
  const instead = { gigachat: false, otherHost: 'llm.example.org' }
  const textsFor = (readers: typeof besideGigaChat) =>
    [shortConsent(readers), consentText(undefined, readers), privacyText(undefined, readers)].map(plainText)

  test('a second model is named in every text, beside GigaChat or instead of it', () => {
    for (const text of textsFor(besideGigaChat)) expect(text).toMatch(/GigaChat.*llm\.example\.org/)
    for (const text of textsFor(instead)) {
      expect(text).toContain('llm.example.org')
      expect(text).not.toContain('GigaChat')
    }
  })

  test('another reader makes another version, so that users are asked again', () => {
    const versions = [onlyGigaChat, besideGigaChat, instead, { ...instead, otherHost: 'other.example.org' }].map(
      versionFor,
    )

    expect(versions[0]).toBe(consentVersion)
    expect(new Set(versions).size).toBe(4)
    for (const version of versions) expect(Buffer.byteLength(`consent_yes_${version}`)).toBeLessThan(64)
  })
})
