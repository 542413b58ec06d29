import { describe, expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { createProductSearch, type SearchRequest } from './product-search.ts'

const search = createProductSearch(catalogue)
const find = (q: string, request: Partial<SearchRequest> = {}) =>
  search({ q, sort: 'popularity', ownBrandOnly: false, categoryId: 0, ...request })
const firstName = (q: string) => find(q)[0]?.name

test.each([
  ['яиц', /^Яйцо куриное/],
  ['яйца', /^Яйцо куриное/],
  ['ЯЙЦО', /^Яйцо куриное/],
  ['сыра', /^Сыр /],
  ['молока', /^Молоко /],
  ['помидоры', /^Помидоры/],
  ['картошка', /^Картофель/],
  ['курица', /^Филе грудки цыплёнка/],
  ['семга', /^Филе лосося/],
  ['куриное филе', /^Филе .*(кур|цыпл)/],
  ['свекла', /^Свёкла$/],
  ['соевый соус', /^Соус соевый/],
  ['безлактозное молоко', /^Молоко безлактозное/],
])('«%s» finds first what it names', (query, name) => {
  expect(firstName(query)).toMatch(name)
})

test('a short word finds longer words it is part of', () => {
  expect(find('ром').map(({ name }) => name)).toContainEqual(expect.stringMatching(/^Ромштекс/))
})

test('a word that names a product comes before words that only contain it', () => {
  const names = find('сыр').map(({ name }) => name)

  expect(names.findIndex(name => /^Сырок/.test(name))).toBeGreaterThan(names.findLastIndex(name => /^Сыр\s/.test(name)))
})

test('numbers and units that are not in the name spoil the search', () => {
  expect(find('творог').length).toBeGreaterThan(5)
  expect(find('Творог 5% 400 гр')).toEqual([])
})

test('a number is a number of its own, not a part of another', () => {
  expect(find('сметана 15').length).toBeGreaterThan(0)
  expect(find('сметана 5')).toEqual([])
})

test.each(['вагю', '!!!', 'абвгдеж'])('«%s» finds nothing', query => {
  expect(find(query)).toEqual([])
})

test('an empty query lists the whole assortment', () => {
  expect(find('')).toHaveLength(catalogue.length)
})

test('only the own brand is found when asked for', () => {
  const all = find('молоко')
  const own = find('молоко', { ownBrandOnly: true })

  expect(own.length).toBeLessThan(all.length)
  expect(own.every(({ brand }) => brand === 'ВкусВилл')).toBe(true)
})

test.each(['shelf', 'department'] as const)('a %s narrows the search', kind => {
  const { id } = find('молоко')[0]?.[kind] ?? { id: 0 }

  const found = find('молоко', { categoryId: id })

  expect(found.length).toBeGreaterThan(0)
  expect(found.length).toBeLessThan(find('молоко').length)
  expect(found.every(product => product[kind].id === id)).toBe(true)
})

describe('within equal fits the order is the one asked for', () => {
  const eggs = (sort: SearchRequest['sort']) => find('яйцо', { sort }).filter(({ name }) => name.startsWith('Яйцо'))
  const ascending = (values: number[]) => [...values].sort((a, b) => a - b)

  test('cheapest first', () => {
    const prices = eggs('price_asc').map(({ price }) => price?.current ?? 0)

    expect(prices.length).toBeGreaterThan(3)
    expect(prices).toEqual(ascending(prices))
  })

  test('costliest first', () => {
    const prices = eggs('price_desc').map(({ price }) => price?.current ?? 0)

    expect(prices).toEqual(ascending(prices).reverse())
  })

  test('best rated, most rated and newest first', () => {
    const ratings = eggs('rating').map(({ rating }) => rating?.average ?? 0)
    const counts = eggs('popularity').map(({ rating }) => rating?.count ?? 0)
    const ids = eggs('new').map(({ id }) => id)

    expect(ratings).toEqual(ascending(ratings).reverse())
    expect(counts).toEqual(ascending(counts).reverse())
    expect(ids).toEqual(ascending(ids).reverse())
  })

  test('a product without a price is neither cheapest nor costliest', () => {
    const unpriced = (sort: SearchRequest['sort']) => find('', { sort }).findIndex(({ price }) => price === null)

    expect(unpriced('price_asc')).toBeGreaterThan(catalogue.length / 2)
    expect(unpriced('price_desc')).toBeGreaterThan(catalogue.length / 2)
  })
})
