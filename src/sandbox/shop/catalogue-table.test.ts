import { expect, test } from 'vitest'
import { readDepartments } from './catalogue-table.ts'

const read = (rows: string) =>
  readDepartments([
    {
      id: 1,
      name: 'Отдел',
      slug: 'otdel',
      shelves: [{ id: 2, name: 'Полка', slug: 'polka', keeps: '5 суток', storage: 'в тепле', rows }],
    },
  ])

test('a full line gives every field', () => {
  const [product] = read(
    '\n 101 | Сыр, 200 г | 89.5 <119 @2 | шт 0.2 | 4.8 120 | 23 29 - 355 | молоко | xml=901; also=сырок, брынза; about=К вину; brand=Ферма',
  )

  expect(product).toEqual({
    id: 101,
    xmlId: 901,
    name: 'Сыр, 200 г',
    price: { current: 89.5, old: 119, condition: { kind: 'quantity', from: 2 } },
    unit: 'шт',
    weightKg: 0.2,
    rating: { average: 4.8, count: 120 },
    nutrition: { protein: 23, fat: 29, carbs: null, kcal: 355 },
    composition: 'молоко',
    aliases: ['сырок', 'брынза'],
    description: 'К вину',
    brand: 'Ферма',
    ownBrand: false,
    shelf: { id: 2, name: 'Полка', slug: 'polka', keeps: '5 суток', storage: 'в тепле' },
    department: { id: 1, name: 'Отдел', slug: 'otdel' },
  })
})

test('a short line leaves unknown what it does not say', () => {
  const [product] = read('101 | Картофель | - | кг | -')

  expect(product).toMatchObject({
    xmlId: 101,
    price: null,
    unit: 'кг',
    weightKg: null,
    rating: null,
    nutrition: null,
    composition: null,
    aliases: [],
    description: '',
    ownBrand: true,
  })
})

test.each([
  ['@card', { kind: 'card' }],
  ['@online', { kind: 'online' }],
  ['@5d', { kind: 'until', days: 5 }],
  ['@3', { kind: 'quantity', from: 3 }],
])('the condition %s is read', (text, condition) => {
  expect(read(`101 | Сыр | 89 <119 ${text} | шт 1 | -`)[0]?.price?.condition).toEqual(condition)
})

test.each([
  ['an id that is no number', 'x | Сыр | 89 | шт 1 | -'],
  ['a missing name', '101 | | 89 | шт 1 | -'],
  ['a missing price', '101 | Сыр | | шт 1 | -'],
  ['a missing unit', '101 | Сыр | 89 | | -'],
  ['half a rating', '101 | Сыр | 89 | шт 1 | 4.8'],
  ['half a nutrition', '101 | Сыр | 89 | шт 1 | - | 1 2 3'],
  ['an unknown condition', '101 | Сыр | 89 <99 @soon | шт 1 | -'],
])('%s is a mistake in the table', (_, row) => {
  expect(() => read(row)).toThrow('catalogue: ')
})
