import { describe, expect, test } from 'vitest'
import { readNumber } from './numbers.ts'
import { canonicalUnit, eggsInPack, isFractional, piecesInPack, readAmount, saleUnit, toGrams } from './units.ts'

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
    ['–1 299,50', -1299.5],
    ['-1.234.567', -1234567],
    ['-1.234.567,89', -1234567.89],
    ['1,234,567', 1234567],
    ['1,234,567.89', 1234567.89],
    ['12 345.5', 12345.5],
    ['123 456', 123456],
    ['12,5', 12.5],
    ['1,2345', 1.2345],
    ['1234,500', 1234.5],
    ['9'.repeat(60), 1e60],
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
    '12.345',
    '123,456',
    '1234 567',
    '1234.567,8',
    '1.234.5678',
    '1 299,',
    ',5',
    '--5',
    '- 5',
    '5-',
    '5 ₽',
    '№ 5',
    '1.299,90,5',
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
    ['кг', ['кг', 'КГ.', 'кг .', 'kg', 'Kg', 'kг', 'килограмм', 'килограмма', 'кило', 'kilogram']],
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

  test.each([
    ['500 г', 500, 'г'],
    ['0,5 л', 0.5, 'л'],
    ['1,500 л', 1.5, 'л'],
    ['1 000 мл', 1000, 'мл'],
    ["1'000 г", 1000, 'г'],
    [' 250г ', 250, 'г'],
    ['per kg', 1, 'кг'],
    ['на 2 л', 2, 'л'],
    ['93 руб/кг', null, null],
    ['руб./100 г', 100, 'г'],
    ['₽ за 100 г', 100, 'г'],
    ['р./шт', 1, 'шт'],
    ['рублей за уп.', 1, 'уп'],
    ['5', null, null],
    ['5 лотков', null, null],
    [`${'0'.repeat(60)}5 г`, null, null],
  ])('the amount %j is %j %j', (text, value, unit) => {
    expect(readAmount(text)).toEqual(unit === null ? null : { value, unit })
  })

  test('an unknown unit of sale stays, in lower case and without its dot', () => {
    expect(['Лоток.', 'ГРОЗДЬ', 'набор и\u0306'].map(saleUnit)).toEqual(['лоток', 'гроздь', 'набор й'])
  })

  test.each([
    [1, 'кг', 1000],
    [1.5, 'л', 1500],
    [250, 'мл', 250],
    [5, 'мг', 0.005],
    [100, 'кг', 100_000],
    [100_001, 'г', null],
    [0, 'г', null],
    [1, 'гроздь', null],
  ])('%d %s weigh %j g', (value, unit, grams) => {
    expect(toGrams(value, unit)).toBe(grams)
  })

  test('only kilograms and litres can be bought in fractions', () => {
    expect(['кг', 'л', 'г', 'мл', 'шт', 'уп'].filter(isFractional)).toEqual(['кг', 'л'])
  })
})

describe('packs', () => {
  test.each([
    ['Яйцо куриное С0, 10 шт', 10],
    ['Сырники 4шт.', 4],
    ['Салфетки, 100 ШТ', 100],
    ['Булочка, 1 шт', null],
    ['Салфетки, 1000 шт', null],
    ['Торт, 12 штрихов', null],
    ['Молоко 3,2%, 1 л', null],
  ])('«%s» has %j pieces', (name, pieces) => {
    expect(piecesInPack(name)).toBe(pieces)
  })

  test.each([
    ['Яйцо куриное С0, 10 шт', 10],
    ['яйца столовые, 30 шт', 30],
    ['Яйцо деревенское', 10],
    ['Перепелиные яйца, 20 шт', 20],
    ['Коробка яиц, 15 шт', 15],
    ['Перепелиные яйца', null],
    ['Яйцо шоколадное, 3 шт', null],
    ['Яйцо Киндер', null],
    ['Салат с яйцом и тунцом, 2 шт', null],
    ['Сырники, 4 шт', null],
  ])('«%s» holds %j eggs', (name, eggs) => {
    expect(eggsInPack(name)).toBe(eggs)
  })
})
