import { expect, test } from 'vitest'
import { createBaskets } from './baskets.ts'

test('the thousand newest baskets are retained, each under a number of its own', () => {
  const { baskets, add } = createBaskets()

  const numbers = Array.from({ length: 1_001 }, (_, i) => add([{ xml_id: i + 1, q: 1 }]))

  expect(new Set(numbers).size).toBe(1_001)
  expect(numbers.every(number => /^\d{9,10}$/.test(number))).toBe(true)
  expect([...baskets.keys()]).toEqual(numbers.slice(1))
  expect(baskets.get(numbers[1_000] ?? '')).toEqual([{ xml_id: 1_001, q: 1 }])
})
