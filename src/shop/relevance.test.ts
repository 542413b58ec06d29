import { expect, test } from 'vitest'
import { foodOnly, looksIrrelevant } from './relevance.ts'
import { aProduct } from './testing/products.ts'

test.each([
  ['вагю', ['Стейк из форели', 'Стейк рибай'], true],
  ['стейк вагю', ['Стейк из форели'], true],
  ['сыр бри', ['Пицца Четыре сыра', 'Бриошь'], true],
  ['фрукты', ['Бананы, Фрукты, Фрукты, ягоды, орехи'], false],
  ['молоко без лактозы', ['Молоко безлактозное 2,5%'], false],
  ['свежий укроп', ['Укроп'], false],
  ['кокосовое молоко', ['Молоко 3,2%'], true],
  ['сметана', ['Сметана 15%'], false],
  ['жареной курицы', ['Курица жареная'], false],
  ['чёрный хлеб', ['Черный шоколад'], true],
  ['сок для детей', ['Каша для завтрака'], true],
  ['ром', ['Ромштекс куриный'], true],
  ['5%', ['Творог'], false],
  ['сыр', [], false],
  ['овсяное молоко', ['Молоко 3,2%', 'Печенье овсяное'], true],
  ['малина', ['Йогурт с малиной', 'Варенье клубника'], true],
  ['малина', ['Йогурт с малиной', 'Малина свежая'], false],
  ['фарш', ['Котлеты из фарша'], true],
  ['фрукты и ягоды', ['Бананы, Фрукты', 'Малина, Ягоды'], false],
  ['курица', ['Филе куриное'], false],
  ['пармезан', ['Сыр Пармезан'], false],
  ['говядина на кости', ['Говядина на кости для супа'], false],
])('%j against %j is irrelevant: %j', (query, names, expected) => {
  expect(looksIrrelevant(query, names)).toBe(expected)
})

const named = (...names: string[]) => names.map(name => aProduct({ name }))
const namesOf = (products: { name: string }[]) => products.map(product => product.name)

test.each([['томат'], ['котлеты']])('seeds, soil and pet food are left out when %s are asked for', query => {
  const found = named(
    'Семена томата',
    'Грунт универсальный',
    'Котлеты',
    'Корм для кошек',
    'Томаты',
    'Лакомство для собак',
  )

  expect(namesOf(foodOnly(query, found))).toEqual(['Котлеты', 'Томаты'])
})

test('what the shop keeps among things for the house and animals is no food', () => {
  const soap = aProduct({ name: 'Мыло жидкое молоко и мёд, 300 мл', category: ['Для дома', 'Дом, сад, животные'] })
  const milk = aProduct({ name: 'Молоко, 1 л', category: ['Молоко', 'Молочные продукты'] })

  expect(foodOnly('молоко', [soap, milk])).toEqual([milk])
  expect(foodOnly('мёд', [soap])).toEqual([])
  expect(foodOnly('мыло', [soap, milk])).toEqual([soap, milk])
  expect(foodOnly('жидкое мыло', [soap])).toEqual([soap])
})

test('seeds one eats are food', () => {
  const found = named('Семена чиа', 'Семена белого кунжута', 'Пудинг чиа')

  expect(foodOnly('чиа', found)).toEqual(found)
})

test.each([['корм для кошки'], ['вкусное для кота'], ['семена томата'], ['грунт']])(
  '%j keeps the order of the shop',
  query => {
    const found = named('Корм для кошек', 'Семена томата', 'Томаты')

    expect(foodOnly(query, found)).toEqual(found)
  },
)
