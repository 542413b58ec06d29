import { expect, test } from 'vitest'
import { aProduct } from '../shop/testing/products.ts'
import { byTaste, meetsTaste, tasteFor } from './tastes.ts'

const preferences = [
  { category: 'молоко', preference: 'безлактозное' },
  { category: 'хлеб', preference: 'цельнозерновой' },
]
const milk = tasteFor('молоко', 'молоко 3,2%', preferences)
const named = (...names: string[]) => names.map(name => aProduct({ name }))

test.each([
  ['молоко', 'молоко и хлеб', 'молоко безлактозное'],
  ['молоко', 'купи 2 молока', 'молоко безлактозное'],
  ['молоко', 'молоко 3,2 %', null],
  ['молоко', 'козье молоко', null],
  ['молоко 3,2%', 'молока', 'молоко безлактозное'],
  ['хлеб бородинский', 'хлеб бородинский', null],
])('«%s» asked as «%s» is searched as %j', (query, text, searched) => {
  expect(tasteFor(query, text, preferences)?.query).toBe(searched)
})

test.each(['сыр', 'печенье с молоком', 'пицца'])('no taste concerns «%s»', query => {
  expect(tasteFor(query, query, preferences)).toBeNull()
})

test('what the user says goes before the taste, which orders the rest', () => {
  const taste = milk ?? { category: '', preference: '', query: null }
  const products = named('Молоко 1,5%', 'Молоко безлактозное 1,8%', 'Молоко 3,2%', 'Молоко безлактозное 3,2%')

  expect(byTaste(products, taste, 'молоко 3,2%').map(({ name }) => name)).toEqual([
    'Молоко безлактозное 3,2%',
    'Молоко 3,2%',
    'Молоко безлактозное 1,8%',
    'Молоко 1,5%',
  ])
  expect(meetsTaste(products, taste)).toBe(true)
  expect(meetsTaste(named('Молоко 3,2%'), taste)).toBe(false)
})
