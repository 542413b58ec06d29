import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPreserved } from './preserved-dish.ts'
import { parseRecipe, scaleRecipe } from './recipe.ts'

const names = (answer: string) => parseRecipe(answer)?.map(i => i.name)

describe('a recipe as the model writes it', () => {
  const list = '[{"name":"свёкла","quantity":2,"unit":"шт","search_query":"свекла"}]'
  const beet = { name: 'свёкла', quantity: 2, unit: 'шт', searchQuery: 'свекла', optional: false }

  test.each([list, `\`\`\`json\n${list}\n\`\`\``, `Вот список: ${list} Готово.`])('%s is read', answer => {
    expect(parseRecipe(answer)).toEqual([beet])
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

    expect(parseRecipe(answer)).toEqual([
      { name: 'мука', quantity: 0.5, unit: 'кг', searchQuery: 'мука', optional: false },
      { name: 'масло', quantity: 2, unit: 'ст.л.', searchQuery: 'масло', optional: true },
      { name: 'яйца', quantity: 1, unit: 'шт', searchQuery: 'яйца', optional: false },
    ])
  })

  test('salt, ground pepper and water are at home; what only sounds like them is bought', () => {
    const all = [
      'соль',
      'морская соль',
      'перец чёрный молотый',
      'перец',
      'вода',
      'вода питьевая',
      'солёные огурцы',
      'перец болгарский',
      'минеральная вода',
      'фасоль',
    ]

    expect(names(JSON.stringify(all.map(name => ({ name, quantity: 1, unit: 'шт' }))))).toEqual([
      'перец',
      'солёные огурцы',
      'перец болгарский',
      'минеральная вода',
      'фасоль',
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
