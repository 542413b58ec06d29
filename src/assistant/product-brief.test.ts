import fc from 'fast-check'
import { expect, test } from 'vitest'
import { offerOf } from '../shop/offer.ts'
import { fromBrief, toBrief } from './product-brief.ts'
import { product } from './testing/fakes.ts'

test('a product read back from a brief costs the same on every day and in every quantity', () => {
  const price = fc.record({
    currentMinor: fc.integer({ min: 1, max: 100_000 }),
    oldMinor: fc.option(fc.integer({ min: 100_001, max: 200_000 })),
    condition: fc.option(fc.constantFrom('от 2 шт', 'до 26.11.2026', 'по карте', 'от 2 шт до 28.11.2026')),
  })
  fc.assert(
    fc.property(fc.option(price), fc.constantFrom(1, 2, 5), (offered, q) => {
      const original = product(1, 'Молоко', { price: offered })

      const restored = fromBrief(toBrief(original, '2026-11-26'))

      for (const day of ['2026-11-26', '2026-11-27', '2026-11-29'])
        expect(offerOf(restored, q, day).priceMinor).toBe(offerOf(original, q, day).priceMinor)
    }),
  )
})

test('the price of a brief is what a cart of one counts', () => {
  const milk = product(1, 'Молоко', { price: { currentMinor: 8_000, oldMinor: 9_900, condition: 'по карте' } })

  expect(toBrief(milk, '2026-11-26')).toMatchObject({ price: 99, discount_price: 80, discount_condition: 'по карте' })
})
