import { expect, test } from 'vitest'
import type { LastCart } from '../../users/users.ts'
import { product } from '../testing/fakes.ts'
import { type CartRequest, revisedCart } from './revised-cart.ts'

const noon = new Date('2026-11-22T12:00:00Z')
const after = (seconds: number) => new Date(noon.getTime() + seconds * 1000)
const last: LastCart = {
  lines: [1, 2, 3, 4].map(id => ({ product: product(id, `Товар ${id}`), q: 1, priceMinor: null, sumMinor: null })),
  totalMinor: null,
  link: 'https://vkusvill.ru/?share_basket=1',
  cartNumber: 1,
  revision: 0,
  madeAt: noon,
}

const revises = (requested: number[], request: Partial<CartRequest> = {}) =>
  revisedCart(last, {
    changesPrevious: true,
    requested: new Set(requested),
    askedAt: after(60),
    now: after(70),
    ...request,
  }) === last

test.each<[string, boolean, number[], Partial<CartRequest>?]>([
  ['one product stays', true, [4, 50, 51, 52, 53]],
  ['nothing stays: a new cart passed off as a change', false, [50, 51]],
  ['nothing stays, written before the cart was there: the wish is recalled', true, [50], { askedAt: after(-1) }],
  ['the model calls it new', false, [1, 2, 3, 4], { changesPrevious: false }],
  [
    'the model calls it new, written before the cart was there',
    false,
    [50],
    { changesPrevious: false, askedAt: after(-1) },
  ],
  ['the model says nothing, half of it stays', true, [1, 2, 50], { changesPrevious: undefined }],
  ['the model says nothing, less than half stays', false, [1, 50, 51], { changesPrevious: undefined }],
  [
    'the model says nothing, written before the cart was there',
    false,
    [50],
    { changesPrevious: undefined, askedAt: after(-1) },
  ],
  ['nothing stays of what a button corrects', true, [50, 51], { correctsLast: true, changesPrevious: undefined }],
  ['a button, more than 30 minutes later', false, [1], { correctsLast: true, now: after(1800.001) }],
  ['30 minutes later', true, [1], { now: after(1800) }],
  ['a moment more than 30 minutes later', false, [1], { now: after(1800.001) }],
])('%s: %s', (_what, expected, requested, request) => {
  expect(revises(requested, request)).toBe(expected)
})

test('without a last cart there is nothing to revise', () => {
  expect(revisedCart(null, { changesPrevious: true, requested: new Set([1]), askedAt: noon, now: noon })).toBeNull()
})
