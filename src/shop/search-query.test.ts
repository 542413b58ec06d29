import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanQuery } from './search-query.ts'

test.each([
  ['Творог 5% 400 гр', 'Творог'],
  ['молоко 3,2 % 1 л', 'молоко'],
  ['сыр 200г', 'сыр'],
  ['  хлеб\u00a0 ржаной ', 'хлеб ржаной'],
  ['2 пачки масла', 'масла'],
  ['2 банана', 'банана'],
  ['яйца 10 шт.', 'яйца'],
  ['вода 0,5-1 л без газа', 'вода без газа'],
  ['сметана 10-15%', 'сметана'],
  ['омега-3', 'омега-3'],
  ['7up', '7up'],
  ['сок 0.2л, яблоко', 'сок, яблоко'],
  ['майонез 67% 250мл', 'майонез'],
  ['5', '5'],
  ['100 г', '100 г'],
  ['', ''],
  [' , ', ''],
])('%j is searched as %j', (query, expected) => {
  expect(cleanQuery(query)).toBe(expected)
})

test('a query of the greatest length the shop takes is cut to it', () => {
  expect(cleanQuery('я'.repeat(300))).toHaveLength(255)
})

test('cleaning twice changes nothing more, and letters asked for stay', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'мол 123,.%гкл-') }), query => {
      const once = cleanQuery(query)

      expect(cleanQuery(once)).toBe(once)
      expect(once !== '' || !/\p{L}|\d/u.test(query)).toBe(true)
    }),
  )
})
