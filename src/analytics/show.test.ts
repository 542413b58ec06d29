import { expect, test } from 'vitest'
import { count, mean, percent, rub, short } from './show.ts'
import { wilsonInterval } from './wilson.ts'

test('numbers are formatted with separators, units and one decimal where it matters', () => {
  expect([count(312), count(12_345), count(null)]).toEqual(['312', '12,345', '—'])
  expect([rub(430_560), rub(0.4), rub(0), rub(32.4), rub(null)]).toEqual(['430,560₽', '0.40₽', '0₽', '32₽', '—'])
  expect([mean(83.2), mean(3.81), mean(4), mean(0.04), mean(null)]).toEqual(['83', '3.8', '4', '0', '—'])
  expect([percent(0.34), percent(0.022), percent(0), percent(1), percent(null)]).toEqual([
    '34%',
    '2.2%',
    '0%',
    '100%',
    '—',
  ])
  expect([short(4_210_000), short(12_500), short(900), short(999_990), short(2e9)]).toEqual([
    '4.2M',
    '12.5K',
    '900',
    '1.0M',
    '2.0B',
  ])
})

test('the Wilson interval of 8 of 20 is the textbook value, and of 0 of 5 it begins at 0', () => {
  const { low, high } = wilsonInterval(8, 20)

  expect(low).toBeCloseTo(0.2188, 4)
  expect(high).toBeCloseTo(0.6134, 4)
  expect(wilsonInterval(0, 5).low).toBe(0)
  expect(wilsonInterval(5, 5).high).toBe(1)
})
