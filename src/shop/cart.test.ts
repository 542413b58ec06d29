import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildCart, type RequestedItem } from './cart.ts'
import type { QuantityOrigin } from './cart-quantity.ts'
import type { Product } from './shop.ts'
import { aPrice, aProduct } from './testing/products.ts'

const milk = aProduct({ xmlId: 1, name: 'Молоко 3,2%, 1 л', weightGrams: 1000 })
const cheese = aProduct({ xmlId: 2, name: 'Сыр', unit: 'кг', price: aPrice({ currentMinor: 99_990 }) })
const eggs = aProduct({ xmlId: 3, name: 'Яйцо куриное С0, 10 шт', weightGrams: 600 })
const priceless = aProduct({ xmlId: 4, name: 'Арбуз', price: null })
const pasta = aProduct({ xmlId: 5, name: 'Макароны', unit: 'уп', weightGrams: 200 })
const today = '2026-11-26'
const shelf = new Map([milk, cheese, eggs, priceless, pasta].map(product => [product.xmlId, product]))
const known = (xmlId: number) => shelf.get(xmlId)

function built(requested: RequestedItem[], origin: QuantityOrigin = 'user', find = known) {
  const result = buildCart(requested, find, origin, today)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.cart
}
/** One product of that kind asked for. */
const quantityOf = (product: Product, q: number, origin: QuantityOrigin) => {
  const cart = built([{ xmlId: product.xmlId, q }], origin, () => product)
  return { q: cart.lines[0]?.q, reasons: cart.corrections.map(correction => correction.reason) }
}

describe('a cart', () => {
  test('has lines, sums in kopecks, a total and the items to send', () => {
    const cart = built([
      { xmlId: 1, q: 2 },
      { xmlId: 2, q: 0.35 },
    ])

    expect(cart.lines).toEqual([
      { product: milk, q: 2, priceMinor: 9_300, sumMinor: 18_600 },
      { product: cheese, q: 0.35, priceMinor: 99_990, sumMinor: 34_997 },
    ])
    expect(cart).toMatchObject({
      totalMinor: 53_597,
      corrections: [],
      items: [
        { xmlId: 1, q: 2 },
        { xmlId: 2, q: 0.35 },
      ],
    })
  })

  test('equal products are merged, a missing quantity is one', () => {
    const cart = built([{ xmlId: 1 }, { xmlId: 2, q: 0.1 }, { xmlId: 1, q: 2 }, { xmlId: 2, q: 0.2 }])

    expect(cart.items).toEqual([
      { xmlId: 1, q: 3 },
      { xmlId: 2, q: 0.3 },
    ])
    expect(cart.corrections).toEqual([])
  })

  test('one unknown price leaves no total', () => {
    const cart = built([{ xmlId: 1 }, { xmlId: 4 }])

    expect(cart.lines[1]).toMatchObject({ priceMinor: null, sumMinor: null })
    expect(cart.totalMinor).toBeNull()
  })

  test.each([[0], [-2], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'a quantity of %d becomes one, and it says so',
    q => {
      const cart = built([{ xmlId: 1, q }])

      expect(cart.items).toEqual([{ xmlId: 1, q: 1 }])
      expect(cart.corrections).toMatchObject([{ xmlId: 1, q: 1, reason: expect.stringContaining('больше нуля') }])
    },
  )
})

describe('a cart is refused', () => {
  test('without positions', () => {
    expect(buildCart([], known, 'user', today)).toEqual({ ok: false, reason: 'empty', unknownIds: [] })
  })

  test('with more than 20 positions, counted after merging', () => {
    const items = (count: number) => Array.from({ length: count }, (_, i) => ({ xmlId: i + 1 }))
    const anything = () => milk

    expect(buildCart(items(22), anything, 'user', today)).toEqual({
      ok: false,
      reason: 'too_many',
      unknownIds: [],
      beyondIds: [21, 22],
    })
    expect(buildCart([...items(20), ...items(20)], anything, 'user', today)).toMatchObject({ ok: true })
  })

  test('with products never seen, all of which are named once', () => {
    const requested = [{ xmlId: 77 }, { xmlId: 1 }, { xmlId: 78 }, { xmlId: 77 }]

    expect(buildCart(requested, known, 'user', today)).toEqual({ ok: false, reason: 'unknown', unknownIds: [77, 78] })
  })
})

describe('a quantity of a user stays', () => {
  test.each([
    ['4 bottles of milk', milk, 4],
    ['15 bottles of milk', milk, 15],
    ['3 boxes of eggs', eggs, 3],
    ['12 packs of pasta', pasta, 12],
    ['0.25 kg of cheese', cheese, 0.25],
  ])('%s', (_, product, q) => {
    expect(quantityOf(product, q, 'user')).toEqual({ q, reasons: [] })
  })

  test.each([
    ['pieces are whole', milk, 1.2, 2, 'целиком'],
    ['not more than 40 fit', milk, 100, 40, 'больше 40'],
    ['40 kg at most', cheese, 60, 40, 'больше 40'],
    ['grams of loose goods', cheese, 300, 0.3, 'граммы'],
    ['100 of loose goods are grams too', cheese, 100, 0.1, 'граммы'],
    ['0.01 at least', cheese, 0.004, 0.01, 'меньше 0,01'],
  ])('but %s, with the reason given', (_, product, asked, q, reason) => {
    expect(quantityOf(product, asked, 'user')).toEqual({ q, reasons: [expect.stringContaining(reason)] })
  })
})

describe('a quantity of a recipe is converted', () => {
  const saffron = aProduct({ name: 'Шафран', weightGrams: 0.5 })
  const namelessEggs = aProduct({ name: 'Яйцо столовое' })
  const egglessSalad = aProduct({ name: 'Салат с яйцом и тунцом' })

  test.each([
    ['6 eggs are a box', eggs, 6, 1],
    ['12 eggs are two boxes', eggs, 12, 2],
    ['a box of eggs is a box', eggs, 1, 1],
    ['a box that does not say holds ten', namelessEggs, 11, 2],
    ['170 g with packs of 1 kg', milk, 170, 1],
    ['500 g with packs of 200 g', pasta, 500, 3],
  ])('%s', (_, product, asked, q) => {
    const fixed = quantityOf(product, asked, 'recipe')

    expect(fixed.q).toBe(q)
    expect(fixed.reasons).toHaveLength(asked === q ? 0 : 1)
  })

  test.each([
    ['the eggs in a box', eggs, 12, 'яйца продаются упаковкой по 10 шт'],
    ['the grams in a pack', pasta, 500, 'граммы пересчитаны в упаковки по 200 г'],
    [
      'a fraction of a gram with a comma',
      aProduct({ weightGrams: 62.5 }),
      125,
      'граммы пересчитаны в упаковки по 62,5 г',
    ],
    ['each reason, of two', eggs, 401, 'яйца продаются упаковкой по 10 шт; больше 40 в одну корзину не помещается'],
  ])('and the reason names %s', (_, product, asked, reason) => {
    expect(quantityOf(product, asked, 'recipe').reasons).toEqual([reason])
  })

  test.each([
    ['5 packs of pasta', pasta, 5],
    ['10 packs of pasta', pasta, 10],
    ['3 salads with egg', egglessSalad, 3],
    ['12 pieces of unknown weight', priceless, 12],
    ['12 packs lighter than a gram', saffron, 12],
  ])('and nothing is guessed about %s', (_, product, q) => {
    expect(quantityOf(product, q, 'recipe')).toEqual({ q, reasons: [] })
  })
})

test('a cart may contain quantities of a user and of a recipe', () => {
  const requested = [
    { xmlId: 3, q: 6 },
    { xmlId: 1, q: 15 },
  ]

  const result = buildCart(requested, known, xmlId => (xmlId === 3 ? 'recipe' : 'user'), today)

  expect(result).toMatchObject({
    cart: {
      items: [
        { xmlId: 3, q: 1 },
        { xmlId: 1, q: 15 },
      ],
    },
  })
})

describe('conditional discounts', () => {
  const price = (condition: string | null, oldMinor: number | null = 10_000) =>
    aProduct({ price: aPrice({ currentMinor: 8_000, oldMinor, condition }) })
  const line = (product: Product, q: number) => built([{ xmlId: 1, q }], 'user', () => product).lines[0]

  test('a discount without condition holds', () => {
    expect(line(price(null), 1)).toEqual({ product: price(null), q: 1, priceMinor: 8_000, sumMinor: 8_000 })
  })

  test.each([
    ['от 2 шт'],
    ['Цена действует при покупке от 2 шт'],
    ['Скидка 20% при покупке от 2 шт.'],
    ['-20%, от 2 штук и более'],
  ])('«%s» holds from two on', condition => {
    expect(line(price(condition), 1)).toMatchObject({
      priceMinor: 10_000,
      priceNote: expect.stringContaining(condition),
    })
    expect(line(price(condition), 2)).toEqual(expect.not.objectContaining({ priceNote: expect.anything() }))
    expect(line(price(condition), 2)).toMatchObject({ priceMinor: 8_000, sumMinor: 16_000 })
  })

  test.each([
    ['Цена по карте лояльности «Вкусвилл»'],
    ['Цена только при заказе онлайн'],
    ['от 2 шт по карте'],
    ['от 2 до 4 шт'],
    ['по условиям акции'],
  ])('«%s» is not known to hold, so the regular price is counted', condition => {
    expect(line(price(condition), 5)).toMatchObject({ priceMinor: 10_000, sumMinor: 50_000 })
  })

  test('without a regular price the conditional one is counted, and it says so', () => {
    expect(line(price('по карте', null), 1)).toMatchObject({
      priceMinor: 8_000,
      priceNote: expect.stringContaining('по карте'),
    })
  })
})

describe('for every cart', () => {
  const product = fc.record({
    name: fc.constantFrom('Молоко', 'Яйцо куриное, 10 шт', 'Сыр'),
    unit: fc.constantFrom('шт', 'уп', 'кг', 'л', 'бут'),
    weightGrams: fc.option(fc.integer({ min: 1, max: 5_000 })),
    price: fc.option(
      fc.integer({ min: 1, max: 1_000_000 }).map(currentMinor => aPrice({ currentMinor })),
      { freq: 9 },
    ),
  })
  const products = fc
    .array(product, { minLength: 1, maxLength: 5 })
    .map(all => all.map((p, xmlId) => aProduct({ ...p, xmlId })))
  const requests = fc.array(
    fc.record({
      xmlId: fc.nat(4),
      q: fc.option(fc.double({ min: 0.001, max: 2_000, noNaN: true }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const origin = fc.constantFrom<QuantityOrigin>('user', 'recipe')

  const forEveryCart = (check: (cart: ReturnType<typeof built>, requested: RequestedItem[]) => void) =>
    fc.assert(
      fc.property(products, requests, origin, (all, requested, from) => {
        const result = buildCart(
          requested,
          id => all[id % all.length] && { ...aProduct(all[id % all.length]), xmlId: id },
          from,
          today,
        )
        if (result.ok) check(result.cart, requested)
      }),
    )

  test('the shop takes every quantity, and pieces are whole', () => {
    forEveryCart(({ lines }) => {
      for (const { q, product } of lines) {
        expect(q).toBeGreaterThanOrEqual(0.01)
        expect(q).toBeLessThanOrEqual(40)
        if (!['кг', 'л'].includes(product.unit)) expect(Number.isInteger(q)).toBe(true)
      }
    })
  })

  test('the total is the sum of whole kopecks, or unknown as one of them is', () => {
    forEveryCart(({ lines, totalMinor }) => {
      const sums = lines.map(line => line.sumMinor)

      expect(sums.every(sum => sum === null || Number.isSafeInteger(sum))).toBe(true)
      expect(totalMinor).toBe(sums.includes(null) ? null : sums.reduce((a, b) => Number(a) + Number(b), 0))
    })
  })

  test('each requested product is in one line, and each change of quantity is reported', () => {
    forEveryCart(({ lines, corrections, items }, requested) => {
      const ids = lines.map(line => line.product.xmlId)

      expect(ids).toEqual([...new Set(requested.map(item => item.xmlId))])
      expect(items.map(item => item.q)).toEqual(lines.map(line => line.q))
      for (const line of lines) {
        const asked = requested
          .filter(item => item.xmlId === line.product.xmlId)
          .reduce((sum, { q }) => sum + (q ?? 1), 0)
        if (Math.abs(asked - line.q) > 0.01) expect(corrections.map(({ xmlId }) => xmlId)).toContain(line.product.xmlId)
      }
    })
  })

  test('building it again with quantities of a user changes nothing', () => {
    forEveryCart(({ items, lines }) => {
      const again = built(items, 'user', id => lines.find(line => line.product.xmlId === id)?.product)

      expect(again.items).toEqual(items)
      expect(again.corrections).toEqual([])
    })
  })
})
