import { expect, test } from 'vitest'
import { shortDate, shortNumber, shortPercent, shortRub } from './format.ts'
import { roundUp } from './svg.ts'

const plain = (written: string) => written.replaceAll(/\s/g, ' ')

test.each([
  [0, '0'],
  [7.25, '7,3'],
  [1380, '1 380'],
  [9999.4, '9 999'],
  [430_560, '430,6 тыс.'],
  [4_200_000, '4,2 млн'],
  [19e9, '19 млрд'],
  [6.44e12, '6,4 трлн'],
  [1e300, '>999 трлн'],
  [-1e300, '<−999 трлн'],
  [Number.NaN, '—'],
])('%d is written %s', (value, written) => {
  expect(plain(shortNumber(value))).toBe(written)
})

test.each([
  [null, '—'],
  [0, '0%'],
  [0.0001, '<0,1%'],
  [0.022, '2,2%'],
  [0.34, '34%'],
  [1, '100%'],
])('the share %d is written %s', (share, written) => {
  expect(shortPercent(share)).toBe(written)
})

test('roubles keep their sign on the same line, days lose their year', () => {
  expect(shortRub(1380)).toBe('1\u00A0380\u00A0₽')
  expect(shortDate('2026-02-07')).toBe('07.02')
})

test.each([
  [0, 1],
  [1, 1],
  [61, 80],
  [0.03, 0.03],
])('the scale above %d ends at %d', (value, top) => {
  expect(roundUp(value)).toBeCloseTo(top)
})
