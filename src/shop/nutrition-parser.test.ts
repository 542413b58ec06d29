import { expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../test/support/processor-time.ts'
import { parseNutrition } from './nutrition-parser.ts'

test.each([
  ['белки 16 г, жиры 5 г, углеводы 3 г; 121 ккал', { protein: 16, fat: 5, carbs: 3, kcal: 121 }],
  ['Белки 3,2 г, жиры 2.5 г, углеводы 4,7 г; 53,6 ккал', { protein: 3.2, fat: 2.5, carbs: 4.7, kcal: 53.6 }],
  ['белки 0,6 г, жиры 82,5 г; 748 ккал', { protein: 0.6, fat: 82.5, carbs: null, kcal: 748 }],
  [
    'ООО «А»: белки 5 г, жиры 3 г; 90 ккал\nООО «Б»: белки 6 г, жиры 4 г; 95 ккал',
    { protein: 5, fat: 3, carbs: null, kcal: 90 },
  ],
  ['Белки — 5 г\nЖиры — 3 г\nУглеводы — 0 г\n50 ккал/209 кДж', { protein: 5, fat: 3, carbs: 0, kcal: 50 }],
  [
    'белки: менее 0,5 г, жиры 0 г, углеводы 10 г; 42 ккал. Поставщики: ООО «Б-52»',
    { protein: 0.5, fat: 0, carbs: 10, kcal: 42 },
  ],
  ['Состав на 2 порции:\nбелки 1 г, жиры 2 г; 25 ккал', { protein: 1, fat: 2, carbs: null, kcal: 25 }],
  ['240 ккал', { protein: null, fat: null, carbs: null, kcal: 240 }],
  ['белки 160 г, жиры 5 г; 12100 ккал', { protein: null, fat: 5, carbs: null, kcal: null }],
  ['ООО «А»: белки 5 г\nООО «Б»: белки 6 г, жиры 4 г; 95 ккал', { protein: 6, fat: 4, carbs: null, kcal: 95 }],
  ['белки 100 г, жиры 100 г; 1000 ккал', { protein: 100, fat: 100, carbs: null, kcal: 1000 }],
  ['белки нет данных; 3 г на порцию, жиры 2 г, углеводы 1 г', { protein: null, fat: 2, carbs: 1, kcal: null }],
  ['вес 300; ккал 90, жиры 2 г', { protein: null, fat: 2, carbs: null, kcal: null }],
  ['жиры 2 г, 300 г, ккал 90', { protein: null, fat: 2, carbs: null, kcal: null }],
])('%j is read', (text, expected) => {
  expect(parseNutrition(text)).toEqual(expected)
})

test.each([[''], ['нет данных'], ['белки, жиры и углеводы в норме']])('%j states nothing', text => {
  expect(parseNutrition(text)).toBeNull()
})

test('amounts are those of the word before them, once each', () => {
  expect(parseNutrition('белки, жиры и углеводы 5 г')).toEqual({ protein: null, fat: null, carbs: 5, kcal: null })
  expect(parseNutrition('Энергетическая ценность 121 ккал, жиры – 5 г')).toMatchObject({ kcal: 121, fat: 5 })
})

// a parser of quadratic time would need minutes here
test.each(['жир', 'жир 1', '1', 'белк, ', '1 ккал', 'я'])(
  'a hundred thousand characters of "%s" are read in one go',
  unit => {
    const text = unit.repeat(100_000 / unit.length)

    expect(processorMs(() => void parseNutrition(text))).toBeLessThan(oneGoMs)
  },
)
