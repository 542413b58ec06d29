import { expect, test } from 'vitest'
import { poissonInterval } from './poisson.ts'
import { wilsonInterval } from './wilson.ts'

/** R. G. Newcombe, «Two-sided confidence intervals for the single proportion», Statistics in Medicine 17 (1998), table I, method 3. */
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('the Wilson interval of %i of %i is that of the literature', (hits, n, low, high) => {
  expect(wilsonInterval(hits, n).low).toBeCloseTo(low, 4)
  expect(wilsonInterval(hits, n).high).toBeCloseTo(high, 4)
})

test('the Wilson interval of all is as far from 1 as that of none is from 0', () => {
  expect(wilsonInterval(0, 5).low).toBe(0)
  expect(wilsonInterval(5, 5).high).toBe(1)
  expect(wilsonInterval(5, 5).low).toBeCloseTo(1 - wilsonInterval(0, 5).high, 12)
})

/** E. S. Pearson, H. O. Hartley, «Biometrika Tables for Statisticians» I (1966), table 40, 95 %. */
test.each([
  [0, 0, 3.69],
  [1, 0.0253, 5.57],
  [2, 0.242, 7.22],
  [3, 0.619, 8.77],
  [5, 1.62, 11.67],
  [10, 4.8, 18.39],
  [20, 12.22, 30.89],
  [50, 37.11, 65.92],
])('the Poisson interval of %i is the exact one of the table', (n, low, high) => {
  expect(Math.abs(poissonInterval(n).low - low)).toBeLessThan(0.0051)
  expect(Math.abs(poissonInterval(n).high - high)).toBeLessThan(0.0051)
})

test('the approximation for large counts continues the exact limits', () => {
  const [exact, approximate] = [poissonInterval(99), poissonInterval(100)]

  expect(approximate.low).toBeCloseTo(81.364, 2)
  expect(approximate.high).toBeCloseTo(121.627, 2)
  expect(approximate.low - exact.low).toBeGreaterThan(0.8)
  expect(approximate.low - exact.low).toBeLessThan(1)
})
