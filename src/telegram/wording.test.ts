import { expect, test } from 'vitest'
import { cutText } from './cut-text.ts'
import { carts, formatQuantity, formatRub, formatWholeRub, waitText } from './wording.ts'

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

test.each([
  [0.345, 'кг', '0,345 кг'],
  [2, 'шт', '2 шт'],
  [1, 'бан', '1 банка'],
  [2, 'бан', '2 банки'],
  [5, 'банка', '5 банок'],
  [1, 'пак', '1 пакет'],
  [3, 'уп', '3 упаковки'],
  [11, 'Уп.', '11 упаковок'],
  [14, 'бут', '14 бутылок'],
  [21, 'бутылки', '21 бутылка'],
  [0.5, 'пач', '0,5 пачки'],
  [4, 'кор.', '4 коробки'],
  [2, 'рул', '2 рулона'],
  [3, 'pack', '3 упаковки'],
  [5, '100 г', '500 г'],
  [12, '100 г', '1,2 кг'],
  [2, '10 шт', '20 шт'],
  [3, '0,5 л', '1,5 л'],
  [1, '1 кг', '1 кг'],
  [2, 'ящ', '2 ящ'],
  [2, '', '2 '],
])('%f of the unit %j is %j: words for packs, a comma, the whole amount of portions', (q, unit, words) => {
  expect(plain(formatQuantity(q, unit))).toBe(words)
})

test('a sum of a line has no kopecks', () => {
  expect(plain(formatWholeRub(2_990))).toBe('30 ₽')
  expect(plain(formatWholeRub(123_449))).toBe('1 234 ₽')
})

test('a cut text does not end in half a character', () => {
  expect(cutText('аб🥛', 3)).toBe('аб')
  expect(cutText('аб🥛', 4)).toBe('аб🥛')
})

test.each([
  [0, '10 секунд'],
  [4_000, '10 секунд'],
  [31_000, '40 секунд'],
  [50_000, '50 секунд'],
  [50_001, '1 минута'],
  [89_000, '1 минута'],
  [90_000, '2 минуты'],
  [180_000, '3 минуты'],
  [600_000, '10 минут'],
  [1_260_000, '21 минута'],
  [720_000, '12 минут'],
])('a wait of %i ms is %s', (ms, words) => {
  expect(plain(waitText(ms))).toBe(words)
})
