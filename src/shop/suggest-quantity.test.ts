import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantityNote, type RecipeNeed, suggestQuantity } from './suggest-quantity.ts'
import { aProduct } from './testing/products.ts'

const need = (overrides: Partial<RecipeNeed>): RecipeNeed => ({
  name: 'картофель',
  quantity: 1,
  unit: 'шт',
  ...overrides,
})
const loose = aProduct({ name: 'Картофель', unit: 'кг' })
const milk = aProduct({ name: 'Молоко, 900 мл', weightGrams: 900 })
const eggs = aProduct({ name: 'Яйцо С1, 10 шт', weightGrams: 550 })
const lemon = aProduct({ name: 'Лимон' })
const garlic = aProduct({ name: 'Чеснок' })
const avocado = aProduct({ name: 'Авокадо, 2 шт', weightGrams: 400 })

test.each([
  ['grams of loose goods', loose, { quantity: 600, unit: 'г' }, 0.6],
  ['the equivalent goes before the pieces', loose, { quantity: 4, kg: 0.75 }, 0.75],
  ['pieces of usual weight', loose, { quantity: 4 }, 0.6],
  ['pieces of unknown weight', loose, { name: 'помело', quantity: 2 }, 0.4],
  ['a lemon sold by weight', loose, { name: 'лимон', quantity: 1 }, 0.12],
  ['spoons of loose goods', loose, { name: 'имбирь', quantity: 4, unit: 'ст.л.' }, 0.08],
  ['loose goods of unknown need', loose, { name: 'имбирь', quantity: 2, unit: 'щепотка' }, 1],
  ['litres of what is sold by the litre', aProduct({ unit: 'л' }), { l: 1.5 }, 1.5],
  ['packs as counted by the recipe', milk, { packs: 1.2 }, 2],
  ['millilitres in bottles', milk, { quantity: 1000, unit: 'мл' }, 2],
  ['exactly two bottles', milk, { quantity: 1.8, unit: 'л' }, 2],
  ['pieces that just fill a net', aProduct({ name: 'Лук', weightGrams: 300 }), { name: 'лук', quantity: 3 }, 1],
  [
    'as many packs as are needed',
    aProduct({ name: 'Мука', weightGrams: 500 }),
    { name: 'мука', quantity: 3, unit: 'кг' },
    6,
  ],
  ['as many packs as the recipe counts', milk, { packs: 6 }, 6],
  ['never more than the shop sells', milk, { quantity: 90, unit: 'л' }, 40],
  ['five packs as the recipe counts them', milk, { packs: 5 }, 5],
  ['six boxes for sixty eggs', eggs, { name: 'яйца', quantity: 60 }, 6],
  ['never more than ten pieces', lemon, { name: 'лимон', quantity: 11 }, 10],
  ['eggs in boxes', eggs, { name: 'яйца', quantity: 4 }, 1],
  ['many eggs', eggs, { name: 'яйца', quantity: 12 }, 2],
  ['single pieces', lemon, { name: 'лимон', quantity: 2 }, 2],
  ['a little more than one head', garlic, { name: 'чеснок', quantity: 1.067 }, 1],
  [
    'three leaves',
    aProduct({ name: 'Лавровый лист, 10 г', weightGrams: 10 }),
    { name: 'лавровый лист', quantity: 3 },
    1,
  ],
  [
    'leaves in a pack of unknown weight',
    aProduct({ name: 'Лист лавровый' }),
    { name: 'лавровый лист', quantity: 3 },
    1,
  ],
  ['cloves of a head', garlic, { name: 'чеснок', quantity: 4, unit: 'зубчик' }, 1],
  ['olives of a jar', aProduct({ name: 'Оливки, 300 г', weightGrams: 300 }), { name: 'оливки', quantity: 20 }, 1],
  ['half a piece', lemon, { name: 'лимон', quantity: 0.5 }, 1],
  ['pieces sold by two', avocado, { name: 'авокадо', quantity: 3 }, 2],
  ['spoons', milk, { name: 'молоко', quantity: 3, unit: 'ст.л.' }, 1],
  ['a bunch', aProduct({ name: 'Укроп', weightGrams: 50 }), { name: 'укроп', quantity: 2, unit: 'пучок' }, 1],
])('%s', (_, product, wanted, q) => {
  expect(suggestQuantity(product, need(wanted))).toBe(q)
})

test.each([
  [
    'a second pack that leaves much over',
    aProduct({ weightGrams: 400 }),
    { quantity: 500, unit: 'г' },
    'не хватит 100 г',
  ],
  ['a piece a little smaller than needed', garlic, { name: 'чеснок', quantity: 1.067 }, 'нужно 1,07 шт, а это 1 шт'],
  ['more pieces than a recipe is trusted with', lemon, { name: 'лимон', quantity: 12 }, 'меньше на 2 шт'],
  ['more than the shop sells', milk, { quantity: 90, unit: 'л' }, 'нужно 90000 г, а это 36000 г'],
  [
    'more spoons than a pack has',
    aProduct({ name: 'Разрыхлитель', weightGrams: 10 }),
    { quantity: 2, unit: 'ст.л.' },
    'меньше',
  ],
])('the note reports %s', (_, product, wanted, note) => {
  const wish = need(wanted)

  expect(quantityNote(product, wish, suggestQuantity(product, wish))).toContain(note)
})

test.each([
  ['exactly enough', aProduct({ weightGrams: 500 }), { quantity: 3, unit: 'кг' }],
  ['one pack, however large', milk, { quantity: 100, unit: 'мл' }],
  ['a spoon', milk, { name: 'молоко', quantity: 3, unit: 'ст.л.' }],
  ['loose goods', loose, { quantity: 600, unit: 'г' }],
])('there is no note on %s', (_, product, wanted) => {
  const wish = need(wanted)

  expect(quantityNote(product, wish, suggestQuantity(product, wish))).toBeNull()
})

test('less than needed is never suggested without a note', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 5_000, noNaN: true }),
      fc.integer({ min: 10, max: 5_000 }),
      (grams, weightGrams) => {
        const product = aProduct({ weightGrams })
        const wish = need({ quantity: grams, unit: 'г' })

        const q = suggestQuantity(product, wish)

        if (q * weightGrams < grams - weightGrams / 100) expect(quantityNote(product, wish, q)).toContain('меньше')
      },
    ),
  )
})

test('whatever is needed, the suggestion can be bought', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 3_000 }))
  fc.assert(
    fc.property(
      fc.constantFrom(loose, milk, eggs, lemon, avocado),
      fc.record({ name: fc.constantFrom('лук', 'соль'), quantity: number, unit: fc.constantFrom('шт', 'г', 'л', '') }),
      fc.record({ kg: number, l: number, packs: number }, { requiredKeys: [] }),
      (product, basic, equivalents) => {
        const q = suggestQuantity(product, { ...basic, ...equivalents })

        expect(q).toBeGreaterThanOrEqual(0.01)
        expect(q).toBeLessThanOrEqual(40)
        if (product.unit === 'шт') expect(Number.isInteger(q)).toBe(true)
      },
    ),
  )
})
