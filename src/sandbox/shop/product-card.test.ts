import { expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import type { CatalogueProduct } from './product.ts'
import { productCard, productDetails, shortFields } from './product-card.ts'

const today = new Date('2026-11-22T09:00:00Z')
const [milk] = catalogue

function product(changes: Partial<CatalogueProduct>): CatalogueProduct {
  if (milk === undefined) throw new Error('the catalogue is empty')
  return { ...milk, ...changes }
}

const property = (card: CatalogueProduct, name: string) =>
  [productCard(card, ['properties'], today).properties]
    .flat()
    .find(entry => Reflect.get(Object(entry), 'name') === name)

test('a name carries the entities of the shop, hard spaces only between a number and its unit', () => {
  const { name } = productCard(product({ name: 'Сырок «Мой» & "твой" 26%, 2 шт по 40 г, 3 гранулы' }), ['name'], today)

  expect(name).toBe('Сырок &laquo;Мой&raquo; &amp; &quot;твой&quot; 26%, 2&nbsp;шт по 40&nbsp;г, 3 гранулы')
})

test('the address is made of the name in latin letters', () => {
  const { url } = productCard(product({ name: '«Ёжик» из творога (щедрый)' }), ['url'], today)

  expect(url).toBe('https://vkusvill.ru/goods/ezhik-iz-tvoroga-shchedryy-173/')
})

test('fields come in the order of the shop and only those asked for', () => {
  expect(Object.keys(productCard(product({}), ['price', 'id', 'name'], today))).toEqual(['id', 'name', 'price'])
})

test('loose goods have no weight', () => {
  expect(productCard(product({ weightKg: null }), shortFields, today)).not.toHaveProperty('weight')
  expect(productCard(product({ weightKg: 0.9 }), shortFields, today)).toMatchObject({
    weight: { value: 0.9, unit: 'кг' },
  })
})

test.each([
  [{ kind: 'quantity', from: 2 } as const, 'Цена действует при покупке от 2 шт'],
  [{ kind: 'card' } as const, 'Цена по карте лояльности «Вкусвилл»'],
  [{ kind: 'online' } as const, 'Цена только при заказе онлайн'],
  [{ kind: 'until', days: 5 } as const, 'Цена действует до 27.11.2026'],
])('a conditional price says its condition: %j', (condition, discount_info) => {
  const { price } = productCard(product({ price: { current: 75, old: 100, condition } }), ['price'], today)

  expect(price).toEqual({ current: 75, currency: 'RUB', old: 100, discount_percent: 25, discount_info })
})

test('an unknown price is null', () => {
  expect(productCard(product({ price: null }), ['price'], today)).toEqual({ price: null })
  expect(productDetails(product({ price: null }), today)).toMatchObject({ price: null })
})

test('details leave the condition out when there is none', () => {
  const plain = productDetails(product({ price: { current: 93, old: null, condition: null } }), today)

  expect(plain.price).toEqual({ current: 93, currency: 'RUB', old: null, discount_percent: null })
  expect(plain).toMatchObject({ id: 173, xml_id: 173, brand: 'ВкусВилл', slug: 'moloko-3-2-1-l-173' })
})

test.each([
  [{ id: 100 }, 'белки 3.5 г, жиры 2 г, углеводы 4.7 г; 50 ккал'],
  [{ id: 102 }, 'белки 3,5 г, жиры 2 г, углеводы 4,7 г; 50 ккал. Поставщики: ООО &laquo;Первый&raquo;, ИП Второй'],
  [
    { id: 110 },
    'ООО &laquo;Первый&raquo;: белки 3.5 г, жиры 2 г, углеводы 4.7 г; 50 ккал<br>ООО &laquo;Второй&raquo;: белки 3.5 г, жиры 2 г, углеводы 4.7 г; 50 ккал',
  ],
])('nutrition is written in the habits of the shop: %j', (id, value) => {
  const card = product({ ...id, nutrition: { protein: 3.5, fat: 2, carbs: 4.7, kcal: 50 } })

  expect(property(card, 'Пищевая и энергетическая ценность в 100 г')).toMatchObject({ value })
})

test('carbohydrates may be missing', () => {
  const card = product({ id: 100, nutrition: { protein: 49, fat: 6, carbs: null, kcal: 360 } })

  expect(property(card, 'Пищевая и энергетическая ценность в 100 г')).toMatchObject({
    value: 'белки 49 г, жиры 6 г; 360 ккал',
  })
})

test.each([
  ['Батон', 'мука пшеничная, маргарин', 'глютен'],
  ['Хлеб без глютена', 'мука рисовая, молоко сухое', 'молоко и продукты его переработки'],
  ['Напиток кокосовый', 'вода, кокосовые сливки', null],
  ['Песто', 'масло, базилик, сыр, кешью', 'молоко и продукты его переработки, орехи'],
  ['Мускат', 'орех мускатный', null],
  ['Колбаса сырокопчёная', 'говядина, соль', null],
])('allergens of «%s» follow from its composition', (name, composition, value) => {
  expect(property(product({ name, composition }), 'Аллергены по производителям')).toEqual({
    name: 'Аллергены по производителям',
    value,
  })
})
