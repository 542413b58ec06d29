import { describe, expect, test } from 'vitest'
import { readNumber } from './numbers.ts'
import { canonicalUnit, readAmount, saleUnit, toGrams } from './units.ts'

describe('numerals', () => {
  test.each([
    ['93', 93],
    [' 93,50 ', 93.5],
    ['93.5', 93.5],
    ['1 299', 1299],
    ['1\u00a0299,90', 1299.9],
    ['12\u202f345\u2009678', 12345678],
    ["1'299.90", 1299.9],
    ['1.299,90', 1299.9],
    ['1,299.90', 1299.9],
    ['1.234.567', 1234567],
    ['0,125', 0.125],
    ['007', 7],
    ['-5', -5],
    ['−5', -5],
    ['99.99000000000001', 99.99000000000001],
  ])('%j is read', (text, value) => {
    expect(readNumber(text)).toBe(value)
  })

  test.each([
    '',
    ' ',
    '1,299',
    '1.299',
    '93 50',
    '1 29',
    '12 3456',
    '93-50',
    '1e3',
    'Infinity',
    '93⁵⁰',
    '½',
    '٩٣',
    '..',
    '1,2,3',
    '9'.repeat(61),
  ])('%j is in doubt or none', text => {
    expect(readNumber(text)).toBeNull()
  })

  test('where three decimals are usual, they are decimals', () => {
    expect(readNumber('1,299', { threeDecimals: true })).toBe(1.299)
  })
})

describe('units', () => {
  test.each([
    ['кг', ['кг', 'КГ.', 'kg', 'Kg', 'kг', 'килограмм', 'килограмма', 'кило', 'kilogram']],
    ['г', ['г', 'гр.', 'ГР', 'грамм', 'граммов', 'g', 'gr', 'gram', 'grams']],
    ['л', ['л', 'Л.', 'литр', 'литра', 'l', 'L', 'liter', 'litre']],
    ['мл', ['мл', 'ml', 'миллилитров', 'mл']],
    ['шт', ['шт', 'Шт.', 'штука', 'штук', 'pcs', 'piece', 'ea']],
    ['уп', ['уп', 'упак.', 'упаковка', 'упаковки', 'pack', 'pkg']],
    ['бут', ['бутылка', 'бут.', 'bottle']],
  ])('%s in every spelling', (unit, texts) => {
    expect(texts.map(canonicalUnit)).toEqual(texts.map(() => unit))
  })

  test.each(['ящик', '', 'лоток', 'гроздь', 'м', 'kgb', '5'])('%j is no unit we know', text => {
    expect(canonicalUnit(text)).toBeNull()
  })

  test.each([
    ['1 кг', 'кг'],
    ['за 1 кг', 'кг'],
    ['за кг', 'кг'],
    ['цена за кг', 'кг'],
    ['₽/кг', 'кг'],
    ['руб. за шт.', 'шт'],
    ['1 шт.', 'шт'],
    ['100 г', '100 г'],
    ['0,5 кг', '0,5 кг'],
    ['10 шт', '10 шт'],
    ['лоток', 'лоток'],
  ])('sold by %j is %j', (text, unit) => {
    expect(saleUnit(text)).toBe(unit)
  })

  test('an amount in doubt is none, a weight beyond belief too', () => {
    expect(['1,500 г', '400–500 г', 'около 1 кг', 'кг 5 шт'].map(readAmount)).toEqual([null, null, null, null])
    expect(readAmount('1,299 кг')).toEqual({ value: 1.299, unit: 'кг' })
    expect([toGrams(500, 'грамм'), toGrams(1, 'шт'), toGrams(-1, 'кг'), toGrams(101, 'кг')]).toEqual([
      500,
      null,
      null,
      null,
    ])
  })
})
