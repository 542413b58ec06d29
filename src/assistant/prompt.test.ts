import { expect, test } from 'vitest'
import { createSystemPrompt, instructions } from './prompt.ts'

test('the day is that of the time zone and stands at the very end', () => {
  const evening = new Date('2026-11-22T22:30:00Z')

  expect(createSystemPrompt('Europe/Moscow')(evening)).toMatch(/понедельник, 23 ноября 2026[^\n]*$/)
  expect(createSystemPrompt('Europe/London')(evening)).toMatch(/воскресенье, 22 ноября 2026[^\n]*$/)
})

test('two days share all but the last line', () => {
  const [monday, friday] = [new Date('2026-11-23T09:00:00Z'), new Date('2026-11-27T09:00:00Z')].map(day =>
    createSystemPrompt('Europe/Moscow')(day).split('\n'),
  )

  expect(monday?.slice(0, -1)).toEqual(friday?.slice(0, -1))
  expect(monday?.at(-1)).not.toBe(friday?.at(-1))
})

test.each([
  ['the language of the user, names as the shop has them', /на языке человека.*Названия товаров – как в магазине/],
  ['what the bot cannot do, in one sentence', /заказа, доставка, оплата, возврат, промокоды.*одним предложением/],
  ['a discount only with its condition', /discount_price – только вместе с его условием/],
  ['all searches in one call', /найди одним вызовом vkusvill_products_search/],
  ['closing words with the cart', /vkusvill_cart_link_create, слова для человека – в message/],
  ['grams of goods sold by weight and in packs', /300 г – 0\.3.*округли вверх: 500 г из пачек по 200 г – 3/],
  ['a partial find', /Нашлось не всё – собери из найденного и назови, чего нет/],
  ['two carts in one message', /Просят две – собери первую/],
  ['the steps of a recipe', /Просят рецепт.*steps: true/],
  ['a change of the last cart', /«Добавь», «убери», «замени».*это о ней.*changes_previous=true/],
])('the instructions have a rule for %s', (_, rule) => {
  expect(instructions).toMatch(rule)
})
