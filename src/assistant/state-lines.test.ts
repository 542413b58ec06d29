import { describe, expect, test } from 'vitest'
import type { LastCart } from '../users/users.ts'
import { createSystemPrompt, instructions } from './prompt.ts'
import { bread, cart, cheese, setup } from './testing/assistant-setup.ts'
import { product, question, userState } from './testing/fakes.ts'

const lastCart: LastCart = {
  cartNumber: 3,
  revision: 0,
  madeAt: new Date('2026-11-22T08:50:00Z'),
  lines: [
    { product: cheese, q: 2, priceMinor: 35_050, sumMinor: 70_100 },
    { product: product(23, 'Картофель\nмытый', { unit: 'кг' }), q: 0.6, priceMinor: null, sumMinor: null },
  ],
  totalMinor: 70_100,
  link: 'https://vkusvill.ru/?share_basket=1',
}
const user = userState({ cartsCreated: 3, cartLimit: 5, hasLastCart: true })
const systemOf = ({ requests }: ReturnType<typeof setup>) => requests[0]?.messages[0]?.content ?? ''

describe('what the model knows of the user without a call', () => {
  test('stands at the end of the system message, after the date: restrictions, last cart, carts left', async () => {
    const bot = setup({ users: { restrictions: [{ kind: 'allergy', value: 'орехи' }], lastCart } })

    await bot.assistant.answer(question('что в корзине?', { user }))

    const [, state] = systemOf(bot).split(instructions)
    expect(state?.split('\n').filter(line => line !== '')).toEqual([
      'Сегодня воскресенье, 22 ноября 2026 г.',
      'Ограничения человека: аллергия или непереносимость: орехи. Ничего из этого не предлагай и не клади в корзину.',
      'Последняя корзина (№ 3, 701 ₽), xml_id × q название:',
      '3 × 2 шт Сыр Маасдам – 701 ₽',
      '23 × 0.6 кг Картофель мытый',
      'Осталось корзин: 2 из 5.',
    ])
  })

  test('changes nothing before the date, for any user', () => {
    const system = createSystemPrompt('Europe/Moscow')
    const now = new Date('2026-11-22T09:00:00Z')
    const users = [
      { restrictions: null, lastCart: null, cartsLeft: 5, cartLimit: 5 },
      { restrictions: [{ kind: 'diet' as const, value: 'веган' }], lastCart, cartsLeft: 0, cartLimit: 5 },
    ]

    const [one, other] = users.map(known => system(now, known).split('Сегодня '))

    expect(one?.[0]).toBe(other?.[0])
    expect(one?.[0]).toBe(`${instructions}\n\n`)
  })

  test('is the same in every turn of a message, so that the service finds it in its cache', async () => {
    const bot = setup({ users: { lastCart }, script: [cart([{ xml_id: 99 }]), 'Вот'] })

    await bot.assistant.answer(question('ещё', { user }))

    expect(new Set(bot.requests.map(({ messages }) => messages[0]?.content)).size).toBe(1)
  })

  test('says that a correction is possible when no cart is left', async () => {
    const bot = setup()

    await bot.assistant.answer(question('молоко', { user: userState({ cartsCreated: 6, cartLimit: 5 }) }))

    expect(systemOf(bot)).toMatch(/Осталось корзин: 0 из 5, исправить последнюю можно\.$/)
  })

  test('is less where there is no last cart, which then is not read', async () => {
    const bot = setup({ users: { lastCart } })

    await bot.assistant.answer(question('молоко', { user: userState({ hasLastCart: false }) }))

    expect(systemOf(bot)).not.toContain('Последняя корзина (')
  })

  test('is less where the last cart cannot be read, and the message is answered', async () => {
    const bot = setup()
    bot.users.lastCart = async () => {
      throw new Error('no database')
    }

    const answer = await bot.assistant.answer(question('молоко', { user }))

    expect(systemOf(bot)).not.toContain('Последняя корзина (')
    expect(answer).toMatchObject({ text: 'Здравствуйте!', error: null })
  })
})

describe('products of the last cart are known', () => {
  test('they go into a new cart without a search and without a call that asks for them', async () => {
    const bot = setup({ users: { lastCart }, script: [cart([{ xml_id: 3, q: 1 }]), 'Готово'] })

    const answer = await bot.assistant.answer(question('убери картофель', { user }))

    expect(bot.shop.searches).toEqual([])
    expect(answer.cart?.lines).toMatchObject([{ q: 1, product: { xmlId: 3, name: 'Сыр Маасдам' } }])
  })

  test('their nutrition is that of their cards', async () => {
    const count = { call: 'nutrition_calculate', args: { items: [{ xml_id: 3, grams: 200 }] } }
    const bot = setup({ users: { lastCart }, script: [count, 'Вот'], products: [bread, cheese] })
    bot.shop.cards.set(cheese.id, { nutrition: { kcal: 350, protein: 25, fat: 27, carbs: 0 } })

    await bot.assistant.answer(question('сколько калорий в сыре?', { user }))

    expect(bot.results()[0]).toMatchObject({ items: [{ name: 'Сыр Маасдам', kcal: 700 }], missing: [] })
  })
})
