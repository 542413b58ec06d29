import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { partOf } from './ingredient-part.ts'
import { isPreserved } from './preserved-dish.ts'
import { parseRecipe, scaleRecipe } from './recipe.ts'

const names = (answer: string) => parseRecipe(answer)?.ingredients.map(i => i.name)

describe('a recipe as the model writes it', () => {
  const list = '[{"name":"свёкла","quantity":2,"unit":"шт","search_query":"свекла"}]'
  const beet = { name: 'свёкла', quantity: 2, unit: 'шт', searchQuery: 'свекла', optional: false }

  test.each([list, `\`\`\`json\n${list}\n\`\`\``, `Вот список: ${list} Готово.`])('%s is read', answer => {
    expect(parseRecipe(answer)).toEqual({ ingredients: [beet], steps: [] })
  })

  test.each(['', 'Не знаю такого', '{"name":"x"}', '[{"name":', 'null'])('%j is no recipe', answer => {
    expect(parseRecipe(answer)).toBeNull()
  })

  test('quantities and units in other spellings, missing queries and broken lines are taken as far as they go', () => {
    const answer = JSON.stringify([
      { name: 'мука', quantity: '0,5', unit: 'килограмма' },
      { name: 'масло', quantity: 2, unit: 'столовые ложки', optional: true },
      { name: 'яйца', quantity: 'несколько', unit: 'штук' },
      { quantity: 1 },
      'сахар',
    ])

    expect(parseRecipe(answer)?.ingredients).toEqual([
      { name: 'мука', quantity: 0.5, unit: 'кг', searchQuery: 'мука', optional: false },
      { name: 'масло', quantity: 2, unit: 'ст.л.', searchQuery: 'масло', optional: true },
      { name: 'яйца', quantity: 1, unit: 'шт', searchQuery: 'яйца', optional: false },
    ])
  })

  test('water comes out of the tap; what only sounds like it is bought', () => {
    const all = ['соль', 'вода', 'вода питьевая', 'минеральная вода']

    expect(names(JSON.stringify(all.map(name => ({ name, quantity: 1, unit: 'шт' }))))).toEqual([
      'соль',
      'минеральная вода',
    ])
  })

  test('at most twenty positions', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ name: `продукт ${i}`, quantity: 1, unit: 'г' }))

    expect(names(JSON.stringify(many))).toHaveLength(20)
  })

  test('no answer makes it throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), answer => void parseRecipe(answer)))
  })

  test('scaling multiplies every quantity', () => {
    expect(scaleRecipe([beet], 2.5)[0]?.quantity).toBe(5)
    expect(scaleRecipe([{ ...beet, quantity: 100 }], 1 / 3)[0]?.quantity).toBe(33.333)
  })
})

test.each([
  ['соль', 1, 'ч.л.', 'larder'],
  ['морская соль', 10, 'г', 'larder'],
  ['перец чёрный молотый', 5, 'г', 'larder'],
  ['масло подсолнечное', 3, 'ст.л.', 'larder'],
  ['оливковое масло', 50, 'мл', 'larder'],
  ['лавровый лист', 3, 'шт', 'larder'],
  ['мука', 200, 'г', 'larder'],
  ['мука пшеничная', 1, 'кг', 'main'],
  ['сахар', 100, 'г', 'larder'],
  ['сахар', 0.5, 'кг', 'main'],
  ['уксус яблочный', 1, 'ст.л.', 'larder'],
  ['паприка', 1, 'ч.л.', 'larder'],
  ['масло сливочное', 50, 'г', 'main'],
  ['масло подсолнечное', 500, 'мл', 'main'],
  ['мука рисовая', 100, 'г', 'main'],
  ['перец', 2, 'шт', 'main'],
  ['перец болгарский', 2, 'шт', 'main'],
  ['солёные огурцы', 3, 'шт', 'main'],
  ['фасоль', 200, 'г', 'main'],
  ['фарш мясной', 500, 'г', 'main'],
  ['вино красное', 100, 'мл', 'extra'],
  ['виноград', 200, 'г', 'main'],
] as const)('%s, %d %s, is %s', (name, quantity, unit, part) => {
  expect(partOf({ name, quantity, unit, searchQuery: name, optional: false }, '')).toBe(part)
})

describe('what is bought ready', () => {
  test.each([
    'квашеная капуста',
    'Капуста квашеная с клюквой',
    'кимчи',
    'аджика',
    'варенье из клубники',
    'джем',
    'малосольные огурцы',
    'солёные огурцы',
    'маринованные грибы',
    'чайный гриб',
    'домашний квас',
    'слабосолёная сёмга',
    'вяленые томаты',
    'мочёные яблоки',
  ])('%s', dish => {
    expect(isPreserved(dish)).toBe(true)
  })

  test.each([
    'борщ',
    'щи из квашеной капусты',
    'борщ с аджикой',
    'пирог с вареньем',
    'солянка',
    'маринованный шашлык',
    'окрошка на квасе',
    'паста с вялеными томатами',
    'чайный кекс',
    'солёная карамель',
    'рассольник',
  ])('%s is cooked', dish => {
    expect(isPreserved(dish)).toBe(false)
  })
})
