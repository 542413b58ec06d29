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
  ['ром', ['Ромштекс куриный'], true],
  ['5%', ['Творог'], false],
  ['сыр', [], false],
])('%j against %j is irrelevant: %j', (query, names, expected) => {
  expect(looksIrrelevant(query, names)).toBe(expected)
})

const named = (...names: string[]) => names.map(name => aProduct({ name }))
const namesOf = (products: { name: string }[]) => products.map(product => product.name)

test.each([['томат'], ['котлеты']])('seeds, soil and pet food go last when %s are asked for', query => {
  const found = named(
    'Семена томата',
    'Грунт универсальный',
    'Котлеты',
    'Корм для кошек',
    'Томаты',
    'Лакомство для собак',
  )

  expect(namesOf(foodFirst(query, found))).toEqual([
    'Котлеты',
    'Томаты',
    'Семена томата',
    'Грунт универсальный',
    'Корм для кошек',
    'Лакомство для собак',
  ])
})

test('seeds one eats are food', () => {
  const found = named('Семена чиа', 'Семена белого кунжута', 'Пудинг чиа')

  expect(foodFirst('чиа', found)).toEqual(found)
})

test.each([['корм для кошки'], ['вкусное для кота'], ['семена томата'], ['грунт']])(
  '%j keeps the order of the shop',
  query => {
    const found = named('Корм для кошек', 'Семена томата', 'Томаты')

    expect(foodFirst(query, found)).toEqual(found)
  },
)
