import { describe, expect, test } from 'vitest'
import { ratingReasons } from '../../users/cart-rating.ts'
import { consentVersion } from '../privacy/policy.ts'
import { anAnswer } from '../testing/fake-assistant.ts'
import { aCart } from '../testing/fake-users.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import { readRating } from './rating-keyboard.ts'
import { asView } from './render-cart.ts'

/** A bot that has shown user 7 a cart, their last one. */
const withCart = async () => {
  const bot = await startBot()
  bot.users.set(7, { consentVersion, cartsCreated: 1 })
  const cart = { ...asView(aCart()), cartNumber: 1, cartLimit: 5 }
  bot.assistant.respond = () => anAnswer({ cart, promptVersion: '0123456789ab' })
  bot.users.lastCarts.set(7, { ...aCart(), cartNumber: 1, revision: 0, madeAt: new Date() })
  const anna = bot.user(7)
  anna.say('молоко')
  await eventually(() => anna.urls().length === 1)
  bot.assistant.respond = () => anAnswer({ text: 'Вот' })
  return { ...bot, anna, questions: () => bot.assistant.questions.slice(1).map(({ text }) => text) }
}
const rows = (bot: Awaited<ReturnType<typeof withCart>>) =>
  bot.act
    .messages(7)
    .flatMap(({ reply_markup }) => (reply_markup?.inline_keyboard ?? []).map(row => row.map(({ text }) => text)))
const ratings = ({ users }: Awaited<ReturnType<typeof withCart>>) =>
  users.calls.filter(({ method }) => method === 'rateCart').map(({ argument }) => argument)

describe('under a cart', () => {
  test('stand the buttons that open, cheapen, change and repeat it, and its rating', async () => {
    const bot = await withCart()

    expect(rows(bot)).toEqual([['Открыть корзину'], ['Дешевле', 'Изменить', 'Повторить'], ['👍', '👎']])
  })

  test.each([
    ['Дешевле', 'Сделай корзину дешевле', true],
    ['Повторить', 'Повтори прошлый заказ', false],
  ])('«%s» asks the assistant once, however often it is pressed', async (label, text, correctsLast) => {
    const bot = await withCart()

    bot.anna.press(label)
    bot.anna.press(label)
    await eventually(async () => (await bot.handled()) === 3)

    expect(bot.questions()).toEqual([text])
    expect(bot.anna.last()).toBe(`${text}\n\nВот`)
    expect(bot.assistant.questions.at(-1)).toMatchObject({ correctsLast })
  })

  test.each([
    ['Дешевле', 'Собери корзину подешевле:\nМолоко 3,2 %, 2\u00A0шт'],
    ['Повторить', 'Собери корзину:\nМолоко 3,2 %, 2\u00A0шт'],
  ])('that is not the last one «%s» asks for what the message lists', async (label, text) => {
    const bot = await withCart()
    bot.users.lastCarts.clear()

    bot.anna.press(label)
    await eventually(() => bot.anna.last().endsWith('Вот'))

    expect(bot.questions()).toEqual([text])
  })

  test('«Изменить» asks what, and the answer is understood as a change', async () => {
    const bot = await withCart()

    bot.anna.press('Изменить')
    await eventually(() => bot.anna.last().includes('Что изменить'))
    bot.anna.say('сыр не нужен')
    await eventually(() => bot.questions().length === 1)
    bot.anna.say('спасибо')
    await eventually(() => bot.questions().length === 2)

    expect(bot.questions()).toEqual(['Измени корзину: сыр не нужен', 'спасибо'])
  })

  test('that is not the last one «Изменить» says how to go on', async () => {
    const bot = await withCart()
    bot.users.lastCarts.clear()
    const shown: string[] = []
    bot.act.watch(7, change => void shown.push(change.kind === 'answer' ? change.text : ''))

    bot.anna.press('Изменить')
    await eventually(() => shown.some(text => text.includes('Нажмите «Повторить»')))

    expect(bot.questions()).toEqual([])
  })

  test('too old to be read the buttons say so', async () => {
    const bot = await withCart()
    bot.users.lastCarts.clear()
    const from = { id: 7, is_bot: false, first_name: 'Анна' }
    const message = { message_id: 3, date: 0 as const, chat: { id: 7, type: 'private' as const, first_name: 'Анна' } }

    bot.act.inject({ callback_query: { id: '1', from, chat_instance: '1', message, data: 'cart_again' } })
    await eventually(async () => (await bot.handled('answered')) === 2)

    expect(bot.questions()).toEqual([])
  })
})

describe('a rating', () => {
  test('is stored with what made the cart, and shown as chosen', async () => {
    const bot = await withCart()

    bot.anna.press('👍')
    await eventually(() => rows(bot).flat().includes('✓ 👍'))

    expect(ratings(bot)).toEqual([
      {
        cartNumber: 1,
        requestId: expect.stringMatching(/^[0-9A-Z]{12}$/),
        promptVersion: '0123456789ab',
        rating: 'up',
        reason: null,
      },
    ])
    expect(await bot.samples('bot_cart_ratings_total')).toContainEqual({
      labels: { rating: 'up', reason: 'none' },
      value: 1,
    })
  })

  test('of a cart that is no good asks why, and may be changed', async () => {
    const bot = await withCart()

    bot.anna.press('👎')
    await eventually(() => rows(bot).flat().includes('Дорого'))
    const asked = rows(bot)
    bot.anna.press('Дорого')
    await eventually(() => rows(bot).flat().includes('✓ 👎 Дорого'))
    const answered = rows(bot)
    bot.anna.press('👍')
    await eventually(() => rows(bot).flat().includes('✓ 👍'))

    expect(asked.slice(2)).toEqual([
      ['👍', '✓ 👎'],
      ['Дорого', 'Не те товары'],
      ['Чего-то нет', 'Много лишнего'],
      ['Другое'],
    ])
    expect(answered.slice(2)).toEqual([['👍', '✓ 👎 Дорого']])
    expect(ratings(bot)).toMatchObject([
      { rating: 'down', reason: null },
      { rating: 'down', reason: 'expensive' },
      { rating: 'up', reason: null },
    ])
  })

  test('pressed again, of an unknown cart, or while PostgreSQL is down leaves the count alone', async () => {
    const bot = await withCart()
    bot.users.ratingOutcome = 'same'
    bot.anna.press('👍')
    await eventually(async () => (await bot.handled()) === 2)
    bot.users.ratingOutcome = 'unknown_cart'
    bot.anna.press('👎')
    await eventually(async () => (await bot.handled()) === 3)
    bot.users.isDown = true
    bot.anna.press('👎')
    await eventually(async () => (await bot.handled()) === 4)

    const counted = await bot.samples('bot_cart_ratings_total')
    expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(0)
    expect(bot.anna.read()).toHaveLength(1)
  })

  test.each(['rate_up_0_0123456789AB_-', 'rate_up_1_short_-', 'rate_sideways_1_0123456789AB_-', 'rate_'])(
    'is not read from %j',
    data => {
      expect(readRating(data)).toBeNull()
    },
  )
})

test('no button carries more than Telegram takes', async () => {
  const bot = await withCart()
  bot.anna.press('👎')
  await eventually(() => rows(bot).flat().includes('Дорого'))

  const data = bot.act
    .messages(7)
    .flatMap(({ reply_markup }) => reply_markup?.inline_keyboard.flat() ?? [])
    .flatMap(button => ('callback_data' in button ? [button.callback_data] : []))

  const longest = 64 - '999999999'.length + 1 // with the longest number of a cart that is read
  expect(data.length).toBeGreaterThan(ratingReasons.length)
  expect(data.filter(text => Buffer.byteLength(text) > longest)).toEqual([])
})
