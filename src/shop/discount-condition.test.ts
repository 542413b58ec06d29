import { expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../test/support/processor-time.ts'
import { judgeCondition } from './discount-condition.ts'

const judge = (condition: string, q = 1, { today = '2026-11-26', unit = 'шт' } = {}) =>
  judgeCondition(condition, { q, unit, today })

test.each([
  ['Цена действует при покупке от 2 шт'],
  ['от двух штук'],
  ['от 2-х упаковок'],
  ['не менее 2 шт.'],
  ['Скидка 20% при покупке от 2 шт'],
])('«%s» is met by two, not by one', condition => {
  expect([judge(condition, 1), judge(condition, 2)]).toEqual(['unmet', 'holds'])
})

test.each([
  ['Цена действует до 29.11.2026'],
  ['до 29.11'],
  ['Акция действует до 29 ноября'],
  ['до 29 ноября 2026 года включительно'],
  ['до 29.11.26 г.'],
  ['по 2026-11-29'],
  ['до 29.11.2026 23:59'],
  ['с 20.11 по 29.11.2026'],
])('«%s» holds on that day and not on the next', condition => {
  const days = ['2026-11-26', '2026-11-29', '2026-11-30']

  expect(days.map(today => judge(condition, 1, { today }))).toEqual(['holds', 'holds', 'over'])
})

test('a date without a year is the nearest one', () => {
  expect(judge('до 5 января', 1, { today: '2026-12-28' })).toBe('holds')
  expect(judge('до 30 декабря', 1, { today: '2027-01-02' })).toBe('over')
})

test('a discount that has not begun is not counted', () => {
  expect(judge('с 28.11.2026 до 29.11.2026')).toBe('unmet')
})

test('a quantity and a date hold together', () => {
  expect(judge('от 3 шт до 29.11.2026', 3)).toBe('holds')
  expect(judge('от 3 шт до 29.11.2026', 2)).toBe('unmet')
  expect(judge('от 3 шт до 25.11.2026', 3)).toBe('over')
})

test('kilograms are counted only of what is sold by the kilogram', () => {
  expect(judge('от 1 кг', 1, { unit: 'кг' })).toBe('holds')
  expect(judge('от 1 кг', 1)).toBe('unknown')
})

test.each([
  ['по карте'],
  ['от 2 шт по карте'],
  ['Цена только при заказе онлайн'],
  ['до 29.11.2026 по карте'],
  ['от 2 до 4 шт'],
  ['от 500 ₽'],
  ['от 500 рублей'],
  ['до 31.02.2026'],
  ['до 29.11.2026 10:00'],
  ['до 12:00'],
  ['каждая вторая'],
  ['при покупке 2 шт'],
  ['скидка'],
  [''],
])('«%s» is not known to hold', condition => {
  expect(judge(condition, 5)).toBe('unknown')
})

test('a megabyte of condition is read in one go', () => {
  const condition = 'от 2 '.repeat(200_000)

  const tookMs = processorMs(() => {
    expect(judge(condition)).not.toBe('holds')
  })

  expect(tookMs).toBeLessThan(oneGoMs)
})
