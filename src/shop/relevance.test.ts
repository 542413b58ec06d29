import { expect, test } from 'vitest'
import { foodFirst, looksIrrelevant } from './relevance.ts'
import { aProduct } from './testing/products.ts'

test.each([
  ['вагю', ['Стейк из форели', 'Стейк рибай'], true],
  ['стейк вагю', ['Стейк из форели'], false],
  ['сметана', ['Сметана 15%'], false],
  ['жареной курицы', ['Курица жареная'], false],
  ['чёрный хлеб', ['Черный шоколад'], false],
  ['сок для детей', ['Каша для завтрака'], true],
  ['ром', ['Ромштекс куриный'], false],
  ['5%', ['Творог'], false],
  ['сыр', [], false],
])('%j against %j is irrelevant: %j', (query, names, expected) => {
  expect(looksIrrelevant(query, names)).toBe(expected)
})

const named = (...names: string[]) => names.map(name => aProduct({ name }))
const namesOf = (products: { name: string }[]) => products.map(product => product.name)

test('seeds, soil and pet food go last when food is asked for', () => {
  const found = named('Семена укропа «Аллигатор»', 'Семена томата', 'Грунт универсальный', 'Корм для кошек', 'Томаты')

  expect(namesOf(foodFirst('томат', found)).slice(0, 2)).toEqual(['Семена укропа «Аллигатор»', 'Томаты'])
  expect(foodFirst('томат', found)).toHaveLength(5)
})

test('seeds one eats are food', () => {
  const found = named('Семена чиа', 'Семена белого кунжута', 'Пудинг чиа')

  expect(foodFirst('чиа', found)).toEqual(found)
})

test.each([['корм для кошки'], ['семена томата'], ['грунт']])('%j keeps the order of the shop', query => {
  const found = named('Корм для кошек', 'Семена томата', 'Томаты')

  expect(foodFirst(query, found)).toEqual(found)
})
