import { describe, expect, test } from 'vitest'
import { McpError, RateLimitError, TimeoutError } from '../../errors.ts'
import { factId } from '../../events/fact-id.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer, createGate } from '../testing/fake-assistant.ts'
import { aCart, createFakeUsers } from '../testing/fake-users.ts'
import { eventually, type RunningBot, startBot } from '../testing/start-bot.ts'
import { asView } from './render-cart.ts'

const agreed = async (options?: Parameters<typeof startBot>[0]): Promise<RunningBot> => {
  const bot = await startBot(options)
  bot.users.set(7, { consentVersion })
  return bot
}

describe('an order', () => {
  test('is answered with the list, the total and the cart button, and the progress message is deleted', async () => {
    const { user, assistant, users, handled } = await agreed()
    const cart = { ...asView(aCart()), cartNumber: 1, cartLimit: 5 }
    assistant.respond = ({ onProgress }) => {
      onProgress({ stage: 'thinking' })
      return anAnswer({ cart })
    }
    const anna = user(7)

    anna.say('молоко')
    await eventually(async () => (await handled('answered')) === 1)

    expect(anna.read()).toHaveLength(1)
    expect(anna.last()).toContain('Молоко 3,2 %, 2\u00A0шт — 178\u00A0₽')
    expect(anna.last()).toContain('Итого ≈ 178\u00A0₽ · 1\u00A0товар')
    expect(anna.urls()).toEqual(['https://vkusvill.ru/?share_basket=1234567'])
    expect(assistant.questions).toMatchObject([{ text: 'молоко', maybeRepeat: false, user: { userId: 7 } }])
    expect(users.calls.map(({ method }) => method)).toEqual(['message', 'done'])
  })

  test('shows the stage in a draft while the assistant works, which vanishes with the answer', async () => {
    const { user, assistant, act, handled } = await agreed()
    const gate = createGate()
    assistant.respond = async ({ onProgress }) => {
      onProgress({ stage: 'searching', searches: 3 })
      await gate.passed
      return anAnswer({ text: 'Вот' })
    }

    user(7).say('молоко')
    await eventually(() => act.draft(7)?.text.includes('Ищу продукты… (3)'))
    const duringTheWork = user(7).read()
    gate.open()
    await eventually(async () => (await handled('answered')) === 1)

    expect(duringTheWork).toEqual([])
    expect(user(7).read()).toEqual(['Вот'])
    expect(act.draft(7)).toBeNull()
  })

  test('where the server knows no drafts, the message with the progress becomes the answer', async () => {
    const { user, assistant, act } = await agreed({ fake: { knowsDrafts: false } })
    const gate = createGate()
    assistant.respond = async () => {
      await gate.passed
      return anAnswer({ text: 'сыр '.repeat(1500), cart: asView(aCart()) })
    }

    user(7).say('сыр')
    await eventually(() => user(7).last().includes('Думаю'))
    const progressId = act.messages(7).at(-1)?.message_id
    gate.open()
    await eventually(() => user(7).urls().length === 1)

    expect(act.messages(7).map(({ message_id }) => message_id)).toEqual([1, progressId, 3])
    expect(user(7).read()[0]).toMatch(/^сыр/)
    expect(user(7).buttons()).not.toContain('Стоп')
  })

  test('where the user deleted the message with the progress, the answer is a message of its own', async () => {
    const { user, assistant, act } = await agreed({ fake: { knowsDrafts: false } })
    const gate = createGate()
    assistant.respond = async () => {
      await gate.passed
      return anAnswer({ text: 'Вот' })
    }

    user(7).say('сыр')
    await eventually(() => user(7).last().includes('Думаю'))
    act.remove(7, act.messages(7).at(-1)?.message_id ?? 0)
    gate.open()
    await eventually(() => user(7).last() === 'Вот')

    expect(user(7).read()).toEqual(['Вот'])
  })

  test('what the model wrote is shown as text, whatever markup is in it, and nothing of it can be pressed', async () => {
    const { user, assistant, act } = await agreed()
    const text = '<b>жирно</b> & <script> https://evil.example/?share_basket=1 /delete_me +7 999 123-45-67 магазин.бг'
    assistant.respond = () => anAnswer({ text, cart: asView(aCart({ link: 'https://evil.example/?share_basket=1' })) })

    user(7).say('молоко')
    await eventually(() => user(7).last().includes('<script>'))

    expect(user(7).last().replaceAll('\u2060', '')).toContain(text)
    expect(user(7).urls()).toEqual([])
    expect(
      act
        .messages(7)
        .at(-1)
        ?.entities?.filter(({ type }) => !['bold', 'italic'].includes(type)),
    ).toEqual([])
  })

  test('an answer too long for one message comes in parts, the button under the last', async () => {
    const { user, assistant } = await agreed()
    assistant.respond = () => anAnswer({ text: 'сыр '.repeat(1500), cart: asView(aCart()) })

    user(7).say('сыр')
    await eventually(() => user(7).urls().length === 1)

    expect(user(7).read()).toHaveLength(2)
    expect(user(7).last()).toContain('Итого')
  })

  test('of a message over 4096 characters the beginning is used, and the user is notified', async () => {
    const { user, assistant, act } = await agreed()
    const from = { id: 7, is_bot: false, first_name: 'Анна' }
    user(7).say('/help')
    await eventually(() => user(7).read().length === 1)

    act.inject({
      message: {
        message_id: 99,
        date: 1_800_000_000,
        chat: { id: 7, type: 'private', first_name: 'А' },
        from,
        text: 'я'.repeat(5000),
      },
    })
    await eventually(() => user(7).read().length === 2)

    expect(assistant.questions[0]?.text).toHaveLength(4096)
    expect(user(7).last()).toContain('первые 4096')
  })

  test('5000 characters typed in the app are two messages, answered one after the other', async () => {
    const { user, assistant, handled } = await agreed()

    user(7).say('я'.repeat(5000))
    await eventually(async () => (await handled('answered')) === 2)

    expect(assistant.questions.map(({ text }) => text.length)).toEqual([4096, 904])
  })

  test('a message sent while an answer is in flight waits for its turn', async () => {
    const { user, assistant } = await agreed()
    const gate = createGate()
    const order: string[] = []
    assistant.respond = async ({ text }) => {
      order.push(`begin ${text}`)
      if (text === 'первое') await gate.passed
      order.push(`end ${text}`)
      return anAnswer({ text: `ответ на ${text}` })
    }

    user(7).say('первое')
    await eventually(() => order.length === 1)
    user(7).say('второе')
    user(8).say('/help')
    await eventually(() => user(8).read().length === 1)
    gate.open()
    await eventually(() => user(7).read().length === 2)

    expect(order).toEqual(['begin первое', 'end первое', 'begin второе', 'end второе'])
  })

  test('more than ten waiting messages are rejected with one polite reply', async () => {
    const { user, assistant, handled } = await agreed()
    const gate = createGate()
    assistant.respond = async () => {
      await gate.passed
      return anAnswer()
    }

    for (let i = 1; i <= 14; i += 1) user(7).say(`заказ ${i}`)
    await eventually(async () => (await handled('busy')) === 3)
    const duringAnswer = user(7).read()
    gate.open()
    await eventually(async () => (await handled('answered')) === 11)

    expect(duringAnswer).toEqual([expect.stringContaining('Ещё отвечаю')])
    expect(assistant.questions.map(({ text }) => text)).toEqual(Array.from({ length: 11 }, (_, i) => `заказ ${i + 1}`))
  })

  test('the inviter hears of the bonus', async () => {
    const { user, assistant, telegram } = await agreed()
    user(8).say('/help')
    await eventually(() => user(8).read().length === 1)
    const inviterPaid = { userId: 8, bonus: 3, cartsLeft: 8 }
    assistant.respond = () => anAnswer({ cart: { ...asView(aCart()), inviterPaid } })

    user(7).say('молоко')
    await eventually(() => user(8).read().length === 2)

    expect(user(8).last()).toContain('3\u00A0корзины')
    expect(telegram.problem()).toBeUndefined()
  })

  test('with the allowance used up survey and invitation are offered', async () => {
    const { user, assistant, users } = await agreed()
    users.set(7, { cartsCreated: 5 })
    assistant.respond = () => anAnswer({ text: null, limit: { cartsUsed: 5, cartLimit: 5, surveyCompleted: false } })

    user(7).say('ещё корзину')
    await eventually(() => user(7).last().includes('5 из 5'))
    user(7).press('Пройти опрос')
    await eventually(() => user(7).last().includes('1/3'))

    expect(user(7).buttons()).toContain('Пригласить друга')
  })
})

describe('a failure', () => {
  test.each([
    [new RateLimitError('gigachat', 'busy'), 'RateLimitError', 'много желающих'],
    [new TimeoutError('gigachat', 100), 'TimeoutError', 'слишком много времени'],
    [new McpError('rate_limited', 'slow down', true), 'MCPError', 'ВкусВилл'],
    [new TypeError('молоко'), 'Unknown', '/reset'],
  ])('%s is recorded before the apology, which names the request', async (error, error_type, words) => {
    const { user, assistant, events, handled } = await agreed()
    assistant.respond = () => anAnswer({ text: null, error, hadHistory: true })

    user(7).say('молоко')
    await eventually(async () => (await handled('failed')) === 1)

    expect(events).toMatchObject([{ type: 'bot_error', userId: 7, metadata: { error_type, had_history: true } }])
    expect(JSON.stringify(events)).not.toContain('молоко')
    expect(user(7).last()).toContain(words)
    expect(user(7).last()).toContain(events[0]?.requestId)
  })

  test('the apology waits until the event is durable', async () => {
    const gate = createGate()
    const { user, assistant } = await agreed({ recorder: { record: () => gate.passed } })
    assistant.respond = () => anAnswer({ text: null, error: new TimeoutError('shop', 1) })

    user(7).say('молоко')
    await eventually(() => assistant.questions.length === 1)
    user(8).say('/help')
    await eventually(() => user(8).read().length === 1)
    const before = user(7).read()
    gate.open()
    await eventually(() => user(7).read().length === 1)

    expect(before).toEqual([])
  })

  test('what was achieved before the failure is shown', async () => {
    const { user, assistant, events } = await agreed()
    assistant.respond = () => anAnswer({ text: null, cart: asView(aCart()), error: new TimeoutError('gigachat', 1) })

    user(7).say('молоко')
    await eventually(() => user(7).urls().length === 1)

    expect(user(7).last()).toContain('Закончить не удалось')
    expect(events).toHaveLength(1)
  })

  test('a bug in a handler is one event with the id of its update, one apology, and the bot goes on', async () => {
    const users = createFakeUsers()
    users.message = () => Promise.reject(new TypeError('bug'))
    const { user, events, lines } = await startBot({ users })

    user(7).say('молоко')
    await eventually(() => user(7).read().length === 1)
    user(7).say('/help')
    await eventually(() => user(7).read().length === 2)

    expect(events).toHaveLength(1)
    expect(lines.filter(({ event }) => event === 'update_failed')).toMatchObject([{ level: 'error' }])
    expect(user(7).read()[0]).toContain('Что-то пошло не так')
  })

  test('the event has the same id for every delivery of the update', async () => {
    const { act, assistant, events } = await agreed()
    assistant.respond = () => anAnswer({ text: null, error: new TimeoutError('shop', 1) })

    const date = 1_800_000_000
    const from = { id: 7, is_bot: false, first_name: 'Анна' }
    const chat = { id: 7, type: 'private' as const, first_name: 'Анна' }
    const update = act.inject({ message: { message_id: 5, date, chat, from, text: 'молоко' } })
    await eventually(() => events.length === 1)

    expect(events[0]?.id).toBe(factId(`${update?.update_id}:${date}`, 'error'))
  })
})

describe('an update delivered again', () => {
  test('that was answered is passed over', async () => {
    const { user, users, assistant, handled } = await agreed()
    users.message = async () => ({ user: aUserWithConsent(users), sessionStarted: false, delivery: 'done', cart: null })

    user(7).say('молоко')
    await eventually(async () => (await handled('repeated')) === 1)

    expect(assistant.questions).toEqual([])
    expect(user(7).read()).toEqual([])
  })

  test('that had made its cart shows it from the store, without the model', async () => {
    const { user, users, assistant } = await agreed()
    users.message = async () => ({
      user: aUserWithConsent(users),
      sessionStarted: false,
      delivery: 'repeat',
      cart: aCart(),
    })

    user(7).say('молоко')
    await eventually(() => user(7).urls().length === 1)

    expect(assistant.questions).toEqual([])
    expect(user(7).last()).toContain('уже собрал')
  })

  test('that had made its cart shows it with buttons that rate it, as of the delivery that made it', async () => {
    const { user, users } = await agreed()
    const rated = { cartNumber: 3, requestId: '0123456789AB', promptVersion: '0123456789ab' }
    users.message = async () => ({
      user: aUserWithConsent(users),
      sessionStarted: false,
      delivery: 'repeat',
      cart: { ...aCart(), rated },
    })
    user(7).say('молоко')
    await eventually(() => user(7).buttons().includes('👍'))

    user(7).press('👍')
    await eventually(() => user(7).buttons().includes('✓ 👍'))

    const argument = { ...rated, rating: 'up', reason: null }
    expect(users.calls).toContainEqual({ method: 'rateCart', userId: 7, argument })
  })

  test('that another process has answered takes no room in the queue', async () => {
    const { users, user, handled } = await startBot()
    users.set(7, {})
    user(7).say('/help')
    await eventually(async () => (await handled('answered')) === 1)
    users.wasDone = async () => true

    for (let i = 1; i <= 14; i += 1) user(7).say(String(i))
    await eventually(async () => (await handled('repeated')) === 14)

    expect(await handled('busy')).toBe(0)
    expect(user(7).read()).toHaveLength(1)
  })

  test('that was not answered is answered as a possible repeat', async () => {
    const { user, users, assistant } = await agreed()
    users.message = async () => ({
      user: aUserWithConsent(users),
      sessionStarted: false,
      delivery: 'repeat',
      cart: null,
    })

    user(7).say('молоко')
    await eventually(() => user(7).read().length === 1)

    expect(assistant.questions).toMatchObject([{ maybeRepeat: true }])
  })

  test('to the same process is answered once', async () => {
    const { act, users, handled, user } = await agreed()
    user(7).say('/help')
    await eventually(async () => (await handled()) === 1)
    const message = { message_id: 50, date: 1_800_000_000, text: '/help' }
    const from = { id: 7, is_bot: false, first_name: 'Анна' }
    const chat = { id: 7, type: 'private' as const, first_name: 'Анна' }
    const update = act.inject({ message: { ...message, from, chat } })
    await eventually(async () => (await handled('answered')) === 2)

    if (update !== undefined) act.inject(update)
    user(7).say('/help')
    await eventually(async () => (await handled('answered')) === 3)

    expect(user(7).read()).toHaveLength(3)
    expect(users.calls.filter(({ method }) => method !== 'done')).toEqual([])
  })
})

const aUserWithConsent = (users: RunningBot['users']) => {
  const user = users.get(7)
  if (user === undefined) throw new Error('no user')
  return user
}

test('with the database down and the user unknown the bot asks to come back, and its apology leaves its event', async () => {
  const { user, users, assistant, events } = await agreed()
  users.isDown = true

  user(7).say('молоко')
  await eventually(() => user(7).last().includes('через пару минут'))

  expect(assistant.questions).toEqual([])
  expect(events).toMatchObject([
    { type: 'bot_error', metadata: { error_message: expect.stringContaining('postgres') } },
  ])
  expect(user(7).last()).toContain(events[0]?.requestId)
})

test('a blocked user gets the reason and no answer', async () => {
  const { user, users, assistant } = await agreed()
  users.set(7, { blocked: { reason: 'спам' } })

  user(7).say('молоко')
  user(7).say('/invite')
  await eventually(() => user(7).read().length === 2)
  user(7).say('/privacy')
  await eventually(() => user(7).read().length === 3)

  expect(user(7).read().slice(0, 2)).toEqual([expect.stringContaining('спам'), expect.stringContaining('спам')])
  expect(user(7).last()).toContain('Ваши данные')
  expect(assistant.questions).toEqual([])
})

test('stickers, photos and voice are met with a hint, a caption is read as the message', async () => {
  const { act, user, assistant } = await agreed()

  act.send(7, { sticker: true })
  act.send(7, { voice: true })
  act.send(7, { photo: true })
  await eventually(() => user(7).read().length === 3)
  act.send(7, { photo: true, caption: 'как на фото' })
  await eventually(() => user(7).read().length === 4)

  const onlyText = expect.stringContaining('только текст')
  expect(user(7).read().slice(0, 3)).toEqual([onlyText, expect.stringContaining('Голосовые пока не понимаю'), onlyText])
  expect(assistant.questions.map(({ text }) => text)).toEqual(['как на фото'])
})

test('an edited message is not answered: its first wording was', async () => {
  const { act, user, assistant } = await agreed()
  const id = user(7).say('молоко')
  await eventually(() => user(7).read().length === 1)

  act.editText(7, id, 'кефир')
  user(7).say('/help')
  await eventually(() => user(7).read().length === 2)

  expect(assistant.questions.map(({ text }) => text)).toEqual(['молоко'])
})

test('a user who blocked the bot during the answer is left in peace', async () => {
  const { act, user, assistant, events, handled, samples } = await agreed()
  assistant.respond = () => {
    act.block(7, true)
    return anAnswer()
  }

  user(7).say('молоко')
  await eventually(async () => (await handled('unreachable')) === 1)

  const blocked = (await samples('bot_telegram_calls_total')).filter(
    ({ labels }) => 'outcome' in labels && labels.outcome === 'blocked',
  )
  expect(blocked.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0)
  expect(events).toEqual([])
  expect(user(7).read()).toEqual([])
})

test('the button for what is likely at home asks for exactly that, once', async () => {
  const { user, assistant, handled } = await agreed()
  const anna = user(7)
  assistant.respond = () => anAnswer({ cart: { ...asView(aCart()), larder: ['масло подсолнечное', 'соль'] } })
  anna.say('борщ')
  await eventually(() => anna.buttons().includes('Добавить и это'))
  assistant.respond = () => anAnswer({ text: 'Добавил' })

  anna.press('Добавить и это')
  anna.press('Добавить и это')
  await eventually(async () => (await handled()) === 3)

  expect(assistant.questions.map(({ text }) => text)).toEqual(['борщ', 'Добавь в корзину: масло подсолнечное, соль'])
})
