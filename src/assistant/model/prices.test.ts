import { expect, test } from 'vitest'
import { gigaChatPrices, type ModelPrice, modelName, priceOf } from './prices.ts'

const today = new Date('2026-11-22T12:00:00Z')

test.each([
  ['GigaChat', 65],
  ['GigaChat-2', 65],
  ['GigaChat:1.0.26.20', 65],
  ['GigaChat-2:2.0.28.2', 65],
  ['GigaChat-preview', 65],
  ['GigaChat-Pro', 500],
  ['GigaChat-2-Pro', 500],
  ['GigaChat-2-Pro-preview', 500],
  ['GigaChat-Max', 650],
  ['GigaChat-2-Max', 650],
  ['GigaChat-2-Max:2.0.28.2', 650],
  ['GigaChat-2-Max-preview:3', 650],
  ['GigaChat-3-Ultra', null],
  ['GigaChat-3-Max', null],
  ['GigaChat-Plus', null],
  ['Embeddings', null],
  ['', null],
])('a million tokens of %s cost %s roubles today', (model, price) => {
  const got = priceOf(model, today, gigaChatPrices)

  expect(got).toBe(price)
})

test('tariffs begin at midnight in Moscow', () => {
  const before = priceOf('GigaChat-2-Max', new Date('2026-01-31T20:59:59.999Z'), gigaChatPrices)
  const from = priceOf('GigaChat-2-Max', new Date('2026-01-31T21:00:00Z'), gigaChatPrices)

  expect([before, from]).toEqual([null, 650])
})

test('a new tariff leaves the days before it alone, in whatever order the list is', () => {
  const later: ModelPrice = { family: 'max', validFrom: new Date('2026-12-01T00:00:00+03:00'), rubPerMillion: 700 }

  const lists = [
    [later, ...gigaChatPrices],
    [...gigaChatPrices, later],
  ]

  const prices = lists.map(list =>
    ['2026-11-30T12:00:00Z', '2026-12-01T12:00:00Z'].map(day => priceOf('GigaChat-2-Max', new Date(day), list)),
  )

  expect(prices).toEqual([
    [650, 700],
    [650, 700],
  ])
})

test('the version is no part of the name', () => {
  const names = ['GigaChat-2-Max:2.0.28.2', 'GigaChat-2-Max', 'a:b:c'].map(modelName)

  expect(names).toEqual(['GigaChat-2-Max', 'GigaChat-2-Max', 'a'])
})
