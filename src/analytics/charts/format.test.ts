import { expect, test } from 'vitest'
import { fitting, shortDate, wholePercent } from './format.ts'
import { roundUp } from './svg.ts'

const plain = (written: string) => written.replaceAll(/\s/g, ' ')

test('a column has numbers in full as the text has them, and the largest shortened', () => {
  expect([766_300, 9_999_999, 12_345_678].map(value => plain(fitting(value)))).toEqual([
    '766 300',
    '9 999 999',
    '12,3 млн',
  ])
})

test('cells have whole percent, days no year', () => {
  expect([0, 0.004, 0.346, 1].map(share => plain(wholePercent(share)))).toEqual(['0 %', '0 %', '35 %', '100 %'])
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
