import { expect, test } from 'vitest'
import { cutText } from './cut-text.ts'
import { carts, formatQuantity, formatRub } from './wording.ts'

const plain = (text: string) => text.replace(/\s/g, ' ')

test.each([
  [0, '0 ₽'],
  [8_900, '89 ₽'],
  [8_950, '89,50 ₽'],
  [8_905, '89,05 ₽'],
  [123_456_789, '1 234 567,89 ₽'],
])('%i kopecks are %s', (minor, sum) => {
  expect(plain(formatRub(minor))).toBe(sum)
})

test.each([
  [1, '1 корзина'],
  [2, '2 корзины'],
  [5, '5 корзин'],
  [11, '11 корзин'],
  [21, '21 корзина'],
  [112, '112 корзин'],
  [0, '0 корзин'],
])('%i takes the right form', (n, words) => {
  expect(plain(carts(n))).toBe(words)
})

test('quantities are written with a comma, to the gram', () => {
  expect(plain(formatQuantity(0.345, 'кг'))).toBe('0,345 кг')
  expect(plain(formatQuantity(2, 'шт'))).toBe('2 шт')
})

test('a cut text does not end in half a character', () => {
  expect(cutText('аб🥛', 3)).toBe('аб')
  expect(cutText('аб🥛', 4)).toBe('аб🥛')
})
