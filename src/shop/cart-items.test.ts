import { expect, test } from 'vitest'
import { cartItems } from './cart-items.ts'

test('equal products are merged without the noise of floating point', () => {
  expect(
    cartItems([
      { xmlId: 2, q: 0.1 },
      { xmlId: 1, q: 1 },
      { xmlId: 2, q: 0.2 },
    ]),
  ).toEqual([
    { xmlId: 2, q: 0.3 },
    { xmlId: 1, q: 1 },
  ])
})

test.each([
  ['nothing', [], 'empty_cart'],
  ['31 positions', Array.from({ length: 31 }, (_, i) => ({ xmlId: i + 1, q: 1 })), 'too_many_positions'],
  ['too little', [{ xmlId: 1, q: 0.009 }], 'invalid_quantity'],
  [
    'too much after merging',
    [
      { xmlId: 1, q: 40 },
      { xmlId: 1, q: 0.01 },
    ],
    'invalid_quantity',
  ],
  ['no number', [{ xmlId: 1, q: Number.NaN }], 'invalid_quantity'],
  ['no id', [{ xmlId: 0, q: 1 }], 'invalid_product'],
  ['too great an id', [{ xmlId: 1_000_000_000, q: 1 }], 'invalid_product'],
  ['half an id', [{ xmlId: 1.5, q: 1 }], 'invalid_product'],
])('%s is refused before the call', (_, items, code) => {
  expect(() => cartItems(items)).toThrow(expect.objectContaining({ name: 'MCPError', code, retryable: false }))
})

test('30 positions are taken', () => {
  expect(cartItems(Array.from({ length: 30 }, (_, i) => ({ xmlId: i + 1, q: 40 })))).toHaveLength(30)
})

test('the least quantity and the greatest id are taken', () => {
  const items = [{ xmlId: 999_999_999, q: 0.01 }]

  expect(cartItems(items)).toEqual(items)
})

test.each([
  ['without positions', [], 'no positions'],
  ['with too many', Array.from({ length: 31 }, (_, i) => ({ xmlId: i + 1, q: 1 })), 'over 30 positions'],
  ['with a wrong id', [{ xmlId: 0, q: 1 }], 'not a product id'],
  ['with a wrong quantity', [{ xmlId: 1, q: 41 }], 'a quantity outside 0.01..40'],
])('the refusal of a cart %s says what is wrong', (_, items, message) => {
  expect(() => cartItems(items)).toThrow(message)
})
