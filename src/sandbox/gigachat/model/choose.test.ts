import { describe, expect, test } from 'vitest'
import { fitting, quantityOf, wishOfRecipe } from './choose.ts'
import type { Wish } from './intent.ts'
import { Found } from './tool-results.ts'

const product = (name: string, more: Record<string, unknown> = {}) =>
  Found.parse({ xml_id: 1, name, price: 100, ...more })
const namesOf = (query: string, names: string[], avoided: string[] = []) =>
  fitting(
    query,
    names.map(name => product(name)),
    avoided,
  ).map(({ name }) => name)

describe('hits that fit', () => {
  test.each([
    ['сыр', ['Сырники с изюмом', 'Сыр Российский'], ['Сыр Российский']],
    ['сахар', ['Сгущённое молоко с сахаром', 'Сахар-песок'], ['Сахар-песок']],
    ['молоко', ['Шоколад молочный', 'Коктейль с молоком'], []],
    ['хлеб ржаной', ['Хлеб пшеничный', 'Хлеб бородинский ржаной'], ['Хлеб бородинский ржаной']],
    ['огурцы', ['Огурец короткоплодный'], ['Огурец короткоплодный']],
    ['морковь', ['Морковь семена', 'Морковь мытая'], ['Морковь мытая']],
    ['лук', ['Чипсы со вкусом лука', 'Зелёный лук', 'Лук репчатый'], ['Лук репчатый', 'Зелёный лук']],
  ])('%s among %j', (query, names, expected) => {
    expect(namesOf(query, names)).toEqual(expected)
  })

  test('what the user avoids is left out', () => {
    expect(namesOf('печенье', ['Печенье с орехами', 'Печенье овсяное'], ['орехи'])).toEqual(['Печенье овсяное'])
  })
})

describe('quantity in the unit of the product', () => {
  const wish = (query: string, value: number, unit: 'шт' | 'уп' | 'г' | 'мл'): Wish => ({
    query,
    amount: { value, unit },
  })

  test.each([
    ['no amount, pieces', { query: 'сыр', amount: null }, product('Сыр'), 1],
    ['no amount, by weight', { query: 'картофель', amount: null }, product('Картофель', { unit: 'кг' }), 0.5],
    ['grams by weight', wish('картофель', 1500, 'г'), product('Картофель', { unit: 'кг' }), 1.5],
    ['pieces by weight', wish('картофель', 4, 'шт'), product('Картофель', { unit: 'кг' }), 0.6],
    ['grams from packs', wish('творог', 500, 'г'), product('Творог', { weight_g: 200 }), 3],
    ['millilitres from the name', wish('молоко', 1500, 'мл'), product('Молоко, 900 мл'), 2],
    ['litres from the name', wish('квас', 2000, 'мл'), product('Квас, 1,5 л'), 2],
    ['pieces as pieces', wish('молоко', 2, 'шт'), product('Молоко, 900 мл', { weight_g: 900 }), 2],
    ['bottles', wish('кефир', 3, 'уп'), product('Кефир', { weight_g: 900 }), 3],
    ['ten eggs are a pack', wish('яйца', 10, 'шт'), product('Яйцо С1, 10 шт'), 1],
    ['twelve eggs are two', wish('яйца', 12, 'шт'), product('Яйцо С1, 10 шт'), 2],
    ['potatoes from a bag', wish('картофель', 5, 'шт'), product('Картофель, 1 кг', { weight_g: 1000 }), 1],
    ['as the tool says', wish('мука', 200, 'г'), product('Мука', { suggested_q: 7 }), 7],
  ])('%s', (_case, asked, bought, q) => {
    expect(quantityOf(asked, bought)).toBe(q)
  })
})

test('spoons, cloves and bunches of a recipe become something one can buy', () => {
  const amounts = [
    { name: 'масло', quantity: 3, unit: 'ст.л.' },
    { name: 'чеснок', quantity: 2, unit: 'зубчик' },
    { name: 'укроп', quantity: 1, unit: 'пучок' },
    { name: 'молоко', quantity: 0.5, unit: 'л' },
  ].map(line => wishOfRecipe({ ...line, alternatives: [] }).amount)

  expect(amounts).toEqual([
    { value: 45, unit: 'г' },
    { value: 10, unit: 'г' },
    { value: 1, unit: 'уп' },
    { value: 500, unit: 'мл' },
  ])
})
