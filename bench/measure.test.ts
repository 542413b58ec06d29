import { expect, test } from 'vitest'
import { interleave, quantile, ratio, spread } from './measure.ts'

test('contenders take turns there and back, and the round before the first does not count', async () => {
  const order: string[] = []
  const contender = (name: string) => async () => order.push(name)

  const samples = await interleave({ a: contender('a'), b: contender('b') }, 2)

  expect(order).toEqual(['a', 'b', 'a', 'b', 'b', 'a'])
  expect(samples).toEqual({ a: [3, 6], b: [4, 5] })
})

test('the median of an even number of runs lies between the middle two', () => {
  expect(spread([4, 1, 3, 10])).toEqual({ median: 3.5, low: 1, high: 10, samples: [4, 1, 3, 10] })
})

test('a median of nothing is an error, not a number', () => {
  expect(() => spread([])).toThrow(RangeError)
})

test('a ratio compares runs of the same round', () => {
  const [fast, slow] = [
    [10, 20, 60],
    [1, 10, 20],
  ]

  expect(ratio(fast ?? [], slow ?? [])).toMatchObject({ median: 3, low: 2, high: 10 })
})

test('a ratio of unequal numbers of runs is an error', () => {
  expect(() => ratio([1], [])).toThrow(RangeError)
})

test('a quantile between two samples is taken by proportion', () => {
  expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9)
})
