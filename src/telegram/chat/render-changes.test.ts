import { expect, test } from 'vitest'
import { compareCarts } from '../../assistant/cart-changes.ts'
import type { CartLine } from '../../shop/cart.ts'
import { plainText } from '../html.ts'
import { renderChanges } from './render-changes.ts'

type Given = [xmlId: number, name: string, q: number, unit?: string]

const cartOf = (...given: Given[]) => ({
  lines: given.map(([xmlId, name, q, unit = 'шт']): CartLine => {
    const product = { id: xmlId, xmlId, name, price: null, unit, weightGrams: null, rating: null, url: '' }
    return { product, q, priceMinor: null, sumMinor: null }
  }),
})
const read = (before: Given[], after: Given[]) =>
  plainText(renderChanges(compareCarts(cartOf(...before), cartOf(...after)))).replaceAll('\u00A0', ' ')

const milk = (q: number): Given => [1, 'Молоко', q, 'л']
const cheese: Given = [2, 'Сыр Российский', 1]

test('what went, what came, and what there is more of', () => {
  expect(read([milk(1), cheese], [milk(2), [3, 'Масло сливочное', 1]])).toBe(
    'Изменилось: − Сыр Российский, + Масло сливочное, Молоко 1 → 2 л',
  )
})

test('nothing, also in another order and at another price', () => {
  expect(read([milk(1), cheese], [cheese, milk(1)])).toMatch(/^Ничего не изменилось/)
})

test.each([
  ['pieces', [1, 'Кефир', 1] as Given, [1, 'Кефир', 3] as Given, 'Изменилось: Кефир 1 → 3 шт'],
  ['a fraction', [1, 'Яблоки', 1, 'кг'] as Given, [1, 'Яблоки', 0.5, 'кг'] as Given, 'Изменилось: Яблоки 1 → 0,5 кг'],
  [
    'words',
    [1, 'Горошек', 1, 'бан'] as Given,
    [1, 'Горошек', 2, 'бан'] as Given,
    'Изменилось: Горошек 1 банка → 2 банки',
  ],
])('a quantity in %s', (_what, before, after, expected) => {
  expect(read([before], [after])).toBe(expected)
})

test('a name loses the size of its pack, unless that is all that differs', () => {
  expect(read([[1, 'Сыр Гауда 45%, 200 г', 1]], [[2, 'Сыр Маасдам, 1,5 кг', 1]])).toBe(
    'Изменилось: − Сыр Гауда 45%, + Сыр Маасдам',
  )
  expect(read([[1, 'Молоко 3,2%, 1 л', 1]], [[2, 'Молоко 3,2%, 2 л', 1]])).toBe(
    'Изменилось: − Молоко 3,2%, 1 л, + Молоко 3,2%, 2 л',
  )
})

test('a name can be pressed nowhere', () => {
  expect(read([], [[1, 'Сыр evil.example', 1]])).not.toContain('evil.example')
})
