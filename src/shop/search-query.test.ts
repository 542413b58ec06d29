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

test('of words and amounts in any order the words stay, in their order', () => {
  const word = fc.constantFrom('молоко', 'творог', 'хлеб ржаной', 'омега-3', 'лук')
  const amount = fc.constantFrom('400 г', '5%', '3,2 %', '1,5 л', '10 шт.', '2', '200г', '0.5-1 кг', '2 пачки')
  fc.assert(
    fc.property(fc.array(amount), word, fc.array(fc.oneof(word, amount)), (before, first, rest) => {
      const words = [first, ...rest].filter(part => /^\p{L}/u.test(part))

      expect(cleanQuery([...before, first, ...rest].join(' '))).toBe(words.join(' ').slice(0, 255).trim())
    }),
  )
})
