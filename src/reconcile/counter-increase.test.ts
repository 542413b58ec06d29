import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterIncrease, type Sample } from './counter-increase.ts'

const day = { from: new Date(1_000_000), to: new Date(2_000_000) }
const everyMs = 1_000
/** Start time of a process that began long before the day. */
const old = () => 0

test('growth within the day is counted from the last scrape before it', () => {
  const samples: Sample[] = [
    [990_000, 7],
    [1_000_000, 8],
    [1_500_000, 10],
    [2_000_000, 12],
  ]

  const { value, unsure, largestStep, whole } = counterIncrease(samples, old, day)

  expect({ value, unsure, largestStep, whole }).toEqual({ value: 4, unsure: 2, largestStep: 2, whole: true })
})

test('growth between the scrapes around an end of the day is unsure', () => {
  const samples: Sample[] = [
    [999_000, 5],
    [1_014_000, 8],
    [1_999_000, 9],
    [2_014_000, 13],
  ]

  const { value, unsure } = counterIncrease(samples, old, day)

  expect(value).toBe(4)
  expect(unsure).toBe(3 + 4)
})

test('a process that began within the day counts from 0, also when its value is already above the old one', () => {
  const samples: Sample[] = [
    [999_000, 2],
    [1_100_000, 3],
    [1_200_000, 9],
  ]

  const { value } = counterIncrease(samples, at => (at < 1_200_000 ? 0 : 1_150_000), day)

  expect(value).toBe(1 + 9)
})

test('a decrease is a reset', () => {
  const samples: Sample[] = [
    [999_000, 5],
    [1_100_000, 6],
    [1_200_000, 2],
  ]

  expect(counterIncrease(samples, () => undefined, day).value).toBe(1 + 2)
})

test('the earlier growth of an old counter first scraped within the day is unsure', () => {
  const samples: Sample[] = [
    [1_400_000, 100],
    [1_500_000, 103],
  ]

  expect(counterIncrease(samples, old, day)).toMatchObject({ value: 3, unsure: 100, whole: false })
})

test('a counter first scraped the day after adds nothing', () => {
  const samples: Sample[] = [[2_000_500, 4]]

  expect(counterIncrease(samples, () => 2_000_100, day)).toMatchObject({ value: 0, unsure: 0 })
})

test('whenever processes end and scrapes fail, the actual count is within the value and its uncertainty', () => {
  const happening = fc.record({
    at: fc.integer({ min: 900_000, max: 2_100_000 }),
    what: fc.constantFrom('count', 'restart', 'lost scrape'),
  })

  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), happenings => {
      const sorted = happenings.sort((a, b) => a.at - b.at)
      const samples: Sample[] = []
      const starts = new Map<number, number>()
      let [value, startedAt, unscraped, hidden, actual, next] = [0, 0, 0, 0, 0, 0]
      for (let at = 900_500; at <= 2_100_000; at += everyMs) {
        let isLost = false
        for (let now = sorted[next]; now !== undefined && now.at <= at; now = sorted[++next]) {
          const isOfDay = now.at >= 1_000_000 && now.at < 2_000_000
          if (now.what === 'lost scrape') isLost = true
          if (now.what === 'count') {
            value++
            if (isOfDay) actual++
            unscraped++
          }
          if (now.what === 'restart') {
            hidden += unscraped
            value = 0
            unscraped = 0
            startedAt = now.at
          }
        }
        if (isLost) continue
        samples.push([at, value])
        starts.set(at, startedAt)
        unscraped = 0
      }

      const found = counterIncrease(samples, at => starts.get(at), day)

      expect(found.value).toBeLessThanOrEqual(actual + found.unsure)
      expect(found.value).toBeGreaterThanOrEqual(actual - found.unsure - hidden)
    }),
  )
})
