import { describe, expect, test } from 'vitest'
import type { CartView } from './assistant.ts'
import { addAchievement, initialState, type MessageState } from './message-state.ts'
import { product } from './testing/fakes.ts'

const milk = { product: product(1, 'Молоко'), origin: 'user' as const }
const bread = { product: product(2, 'Хлеб'), origin: 'recipe' as const }
const cart: CartView = {
  lines: [],
  totalMinor: 100,
  link: 'https://vkusvill.ru/?share_basket=1',
  cartNumber: 1,
  cartLimit: 5,
  revision: 0,
  changes: null,
  corrections: [],
  notFound: [],
  budget: null,
  unchecked: [],
  unjudged: [],
  larder: [],
  restrictionsUnread: false,
  inviterPaid: null,
}
const limit = { cartsUsed: 5, cartLimit: 5, surveyCompleted: false }

const idsOf = ({ products }: MessageState) => [...products].map(([xmlId]) => xmlId)

describe('the state of a message', () => {
  test('holds what each call achieved, and leaves the states before it as they were', () => {
    const start = initialState(() => [milk])
    const searched = addAchievement(start, { products: [bread], missed: ['вагю'] })

    const limited = addAchievement(searched, { budgetRub: 500, limit })

    expect(idsOf(limited)).toEqual([1, 2])
    expect(idsOf(start)).toEqual([1])
    expect(limited).toMatchObject({ notFound: ['вагю'], budgetRub: 500, limit, cart: null })
    expect(start).toMatchObject({ notFound: [], limit: null })
    expect(searched).toMatchObject({ budgetRub: null, limit: null })
  })

  test('is the same after a call that achieved nothing', () => {
    const state = addAchievement(
      initialState(() => [milk]),
      { cart, limit, budgetRub: 500, missed: ['вагю'] },
    )

    const after = addAchievement(state, {})

    expect({ ...after, products: [...after.products] }).toEqual({ ...state, products: [...state.products] })
  })

  test('keeps the budget until another one is named', () => {
    const state = addAchievement(
      initialState(() => []),
      { budgetRub: 500 },
    )

    expect(addAchievement(state, { budgetRub: null }).budgetRub).toBe(500)
    expect(addAchievement(state, { budgetRub: 700 }).budgetRub).toBe(700)
  })

  test('reads the products of earlier messages once, when one is asked for that this message has not found', () => {
    let reads = 0
    const start = initialState(() => {
      reads += 1
      return [milk]
    })
    const state = addAchievement(addAchievement(start, { products: [bread] }), { budgetRub: 500 })

    const ofThisMessage = state.products.get(2)
    const readsBefore = reads
    const earlier = [state.products.get(1), start.products.get(1)]

    expect(ofThisMessage).toEqual(bread)
    expect(readsBefore).toBe(0)
    expect(earlier).toEqual([milk, milk])
    expect(idsOf(state)).toEqual([1, 2])
    expect(reads).toBe(1)
  })

  test('takes the latest of two mentions of a product', () => {
    const again = { product: product(1, 'Молоко', { rub: 50 }), origin: 'recipe' as const }

    expect(
      addAchievement(
        initialState(() => [milk]),
        { products: [again] },
      ).products.get(1),
    ).toEqual(again)
  })

  test.each([
    ['the same words', ['мясо вагю'], 'мясо вагю', []],
    ['a part of them', ['сыр бри'], 'сыр', ['сыр бри']],
    ['other words', ['вагю'], 'говядина', ['вагю']],
    ['no word at all', ['вагю'], '???', ['вагю']],
    ['its own name without a word', ['42', 'вагю'], '42', ['вагю']],
  ])('a name stays missing unless a later search finds something: %s', (_, missed, found, left) => {
    const state = addAchievement(
      initialState(() => []),
      { missed },
    )

    expect(addAchievement(state, { found: [found] }).notFound).toEqual(left)
  })

  test('a name missed twice is named once', () => {
    const state = addAchievement(
      initialState(() => []),
      { missed: ['вагю'] },
    )

    expect(addAchievement(state, { missed: ['устрицы', 'вагю'] }).notFound).toEqual(['вагю', 'устрицы'])
  })
})
