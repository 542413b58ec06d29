import { expect, test } from 'vitest'
import { functionsWithout, play, shopOf } from './fake-tools.ts'
import { ruleModel } from './rule-model.ts'

const shelf = [
  { xml_id: 1, name: 'Молоко 2,5%, 900 мл', price: 100, weight_g: 900 },
  { xml_id: 2, name: 'Хлеб ржаной', price: 60, weight_g: 400 },
  { xml_id: 3, name: 'Сыр Российский, 200 г', price: 250, weight_g: 200 },
  { xml_id: 4, name: 'Сырники с изюмом', price: 180 },
  { xml_id: 5, name: 'Картофель мытый', price: 70, unit: 'кг' },
  { xml_id: 6, name: 'Яйца С1, 10 шт', price: 120 },
  { xml_id: 7, name: 'Сыр плавленый', price: 90, weight_g: 150 },
]
const names = (calls: readonly [string, unknown][]) => calls.map(([name]) => name)

test('a list of products is searched one by one and becomes one cart', () => {
  const { calls, text } = play(ruleModel, 'собери завтрак: молоко, хлеб, сыр', shopOf(shelf))

  expect(calls).toEqual([
    ['user_preferences_get', {}],
    ['vkusvill_products_search', { q: 'молоко' }],
    ['vkusvill_products_search', { q: 'хлеб' }],
    ['vkusvill_products_search', { q: 'сыр' }],
    [
      'vkusvill_cart_link_create',
      {
        products: [
          { xml_id: 1, q: 1 },
          { xml_id: 2, q: 1 },
          { xml_id: 3, q: 1 },
        ],
      },
    ],
  ])
  expect(text).not.toMatch(/₽|http|Молоко/)
})

test('a dish for so many people goes through its recipe, and what the shop lacks is told', () => {
  const { calls, text } = play(
    ruleModel,
    'борщ на четверых',
    shopOf(shelf, {
      recipe_ingredients: () => ({
        ok: true,
        ingredients: [
          { name: 'картофель', quantity: 3, unit: 'шт', search_query: 'картофель' },
          { name: 'свёкла', quantity: 2, unit: 'шт', search_query: 'свекла' },
        ],
      }),
    }),
  )

  expect(calls).toEqual([
    ['recipe_ingredients', { dish: 'борщ', servings: 4 }],
    ['user_preferences_get', {}],
    ['vkusvill_products_search', { q: 'картофель' }],
    ['vkusvill_products_search', { q: 'свекла' }],
    ['vkusvill_cart_link_create', { products: [{ xml_id: 5, q: 0.45 }] }],
  ])
  expect(text).toContain('свекла')
})

test('without the preferences function the search comes first', () => {
  const { calls } = play(ruleModel, 'молоко', shopOf(shelf), { functions: functionsWithout('user_preferences_get') })

  expect(names(calls)).toEqual(['vkusvill_products_search', 'vkusvill_cart_link_create'])
})
