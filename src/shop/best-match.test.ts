import { expect, test } from 'vitest'
import { headQuery, rankMatches } from './best-match.ts'
import type { Product } from './shop.ts'
import { aProduct } from './testing/products.ts'

const shelf = (...names: (string | Partial<Product>)[]) =>
  names.map((entry, i) => aProduct({ xmlId: i + 1, ...(typeof entry === 'string' ? { name: entry } : entry) }))
const wanted = (searchQuery: string, rest: { name?: string; quantity?: number; unit?: string } = {}) => ({
  name: searchQuery,
  quantity: 1,
  unit: 'шт',
  searchQuery,
  ...rest,
})
const best = (searchQuery: string, products: readonly Product[], rest = {}) => {
  const [match] = rankMatches(wanted(searchQuery, rest), products)
  return match === undefined ? null : { name: match.product.name, exact: match.exact }
}

test.each([
  [
    'говядина на кости',
    ['Говядина тушёночная без кости', 'Говядина на кости для супа, 700 г'],
    'Говядина на кости для супа, 700 г',
  ],
  ['говядина на кости', ['Говядина бескостная лопатка', 'Говядина на косточке'], 'Говядина на косточке'],
  ['говядина без кости', ['Говядина на кости', 'Говядина бескостная'], 'Говядина бескостная'],
  ['йогурт без сахара', ['Йогурт с сахаром', 'Йогурт без сахара'], 'Йогурт без сахара'],
  ['рис для плова', ['Рис басмати', 'Рис для плова девзира'], 'Рис для плова девзира'],
  ['говяжий фарш', ['Котлеты из говяжьего фарша', 'Фарш из говядины'], 'Фарш из говядины'],
  ['говядина', ['Пельмени с говядиной', 'Говядина тушёная', 'Говядина лопатка'], 'Говядина лопатка'],
  ['свинина шея', ['Свинина карбонад', 'Свинина шейка'], 'Свинина шейка'],
  ['батон', ['Батончик ореховый', 'Батон нарезной'], 'Батон нарезной'],
  ['перец болгарский', ['Перец чёрный молотый', 'Перец сладкий красный'], 'Перец сладкий красный'],
  ['перец', ['Перец чёрный молотый', 'Перец сладкий'], 'Перец сладкий'],
  ['мука', ['Мука рисовая без глютена', 'Мука пшеничная в/с'], 'Мука пшеничная в/с'],
  ['сахар', ['Сахар ванильный', 'Сахар-песок'], 'Сахар-песок'],
  ['рис', ['Рис для суши', 'Рис длиннозёрный'], 'Рис длиннозёрный'],
  ['сливки 33%', ['Сливки 10%', 'Сливки для взбивания 33%'], 'Сливки для взбивания 33%'],
  ['хлеб', ['Хлебцы', 'Хлеб ржаной'], 'Хлеб ржаной'],
  ['свинина шея', ['Шея говяжья', 'Свинина шея без кости'], 'Свинина шея без кости'],
  ['кефир', ['Кефир детский', 'Кефир 2,5%'], 'Кефир 2,5%'],
  ['молоко', ['Молоко безлактозное', 'Молоко 3,2%'], 'Молоко 3,2%'],
])('«%s» among %j is «%s»', (query, names, name) => {
  expect(best(query, shelf(...names))?.name).toBe(name)
})

test('the name of the ingredient decides where the query is wider', () => {
  const found = shelf('Говядина без кости', 'Говядина на кости')

  expect(best('говядина', found, { name: 'говядина на кости' })).toEqual({ name: 'Говядина на кости', exact: true })
})

test.each([
  ['сыр бри', ['Сыр Гауда', 'Пицца Четыре сыра']],
  ['говядина на кости', ['Говядина без кости']],
  ['хлеб', ['Шоколад чёрный']],
])('«%s» is not among %j', (query, names) => {
  expect(best(query, shelf(...names))).toBeNull()
})

test('without an adjective it is a substitute', () => {
  expect(best('кокосовое молоко', shelf('Молоко 3,2%'))).toEqual({ name: 'Молоко 3,2%', exact: false })
})

test('the category names what the product does not', () => {
  const bananas = { name: 'Бананы', category: ['Фрукты', 'Фрукты, ягоды, орехи'] }

  expect(best('фрукты', shelf('Чай чёрный', bananas))).toEqual({ name: 'Бананы', exact: true })
})

test('a ready meal gives way to the ingredient', () => {
  const soup = { name: 'Свёкла со сметаной', category: ['Готовая еда'] }

  expect(best('свёкла', shelf(soup, 'Свёкла'))?.name).toBe('Свёкла')
})

test('of equal products the pack nearest to the need is taken, else the first', () => {
  const packs = shelf({ name: 'Мука', weightGrams: 5_000 }, { name: 'Мука', weightGrams: 500 })

  expect(rankMatches(wanted('мука', { quantity: 500, unit: 'г' }), packs)[0]?.product.xmlId).toBe(2)
  expect(rankMatches(wanted('мука', { quantity: 1 }), packs)[0]?.product.xmlId).toBe(1)
})

test.each([
  ['свинина шея', 'свинина'],
  ['говяжий фарш', 'фарш'],
  ['сыр', null],
  ['мороженое', null],
])('the second try after «%s» is %j', (query, head) => {
  expect(headQuery(query)).toBe(head)
})
