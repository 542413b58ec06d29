import { expect, test } from 'vitest'
import { pricePerUnit, sortByPrice } from './price-per-unit.ts'
import type { Product } from './shop.ts'
import { aPrice, aProduct } from './testing/products.ts'

const today = '2026-11-26'

test.each<[string, Partial<Product>, ReturnType<typeof pricePerUnit>]>([
  ['a pack by its weight', { name: 'Сыр', weightGrams: 250 }, { minor: 37_200, per: 'кг' }],
  ['loose goods as they are', { name: 'Яблоки', unit: 'кг' }, { minor: 9_300, per: 'кг' }],
  ['what is poured', { name: 'Квас', unit: 'л' }, { minor: 9_300, per: 'л' }],
  ['a bottle by its volume, not its weight', { name: 'Молоко, 900 мл', weightGrams: 930 }, { minor: 10_333, per: 'л' }],
  ['a volume without a weight', { name: 'Сок, 0,2 л' }, { minor: 46_500, per: 'л' }],
  ['several bottles by what they weigh', { name: 'Вода, 6×0,5 л', weightGrams: 3_000 }, { minor: 3_100, per: 'кг' }],
  ['four glasses', { name: 'Коктейль 200 мл, 4 шт', weightGrams: 800 }, { minor: 11_625, per: 'л' }],
  ['a powder for litres', { name: 'Закваска на 3 л молока', weightGrams: 10 }, { minor: 930_000, per: 'кг' }],
  ['pieces of unknown weight', { name: 'Ананас' }, null],
  ['no price', { name: 'Сыр', weightGrams: 250, price: null }, null],
])('%s', (_, product, expected) => {
  expect(pricePerUnit(aProduct(product), today)).toEqual(expected)
})

const ids = (products: readonly Product[]) => products.map(({ xmlId }) => xmlId)
const small = aProduct({ xmlId: 1, name: 'Молоко, 200 мл', price: aPrice({ currentMinor: 5_400 }) })
const large = aProduct({ xmlId: 2, name: 'Молоко, 1 л', price: aPrice({ currentMinor: 9_300 }) })
const byCard = aProduct({
  xmlId: 3,
  name: 'Молоко, 1 л',
  price: aPrice({ currentMinor: 6_000, oldMinor: 10_000, condition: 'по карте' }),
})
const loose = aProduct({ xmlId: 4, name: 'Творог', unit: 'кг', price: aPrice({ currentMinor: 40_000 }) })

test('what is measured alike is sorted by the price of a litre that one pays', () => {
  expect(ids(sortByPrice([small, byCard, large], 'asc', today))).toEqual([2, 3, 1])
  expect(ids(sortByPrice([small, byCard, large], 'desc', today))).toEqual([1, 3, 2])
})

test('kilograms among litres and unknown amounts are sorted by the price of a piece', () => {
  expect(ids(sortByPrice([loose, byCard, large, small], 'asc', today))).toEqual([1, 2, 3, 4])
})

test('what has no price goes last either way', () => {
  const priceless = aProduct({ xmlId: 5, name: 'Молоко, 1 л', price: null })

  expect(ids(sortByPrice([priceless, large, small], 'asc', today))).toEqual([1, 2, 5])
  expect(ids(sortByPrice([priceless, large, small], 'desc', today))).toEqual([2, 1, 5])
})
