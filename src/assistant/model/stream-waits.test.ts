import { expect, test } from 'vitest'
import { createStreamWaits } from './stream-waits.ts'

function setup(size: number) {
  let nowMs = 0
  const waits = createStreamWaits(size, () => nowMs)
  const use = (turn: { since: number }, ms: number) => {
    const end = waits.begin(turn)
    nowMs += ms
    end()
  }
  return { waits, use, pass: (ms: number) => (nowMs += ms) }
}

test('the wait grows with those ahead and is shared among the streams', () => {
  const one = setup(1)
  const ten = setup(10)
  for (const { use } of [one, ten]) use({ since: 0 }, 8_000)

  expect([0, 1, 2].map(one.waits.estimateMs)).toEqual([4_000, 12_000, 20_000])
  expect([0, 10, 20].map(ten.waits.estimateMs)).toEqual([4_000, 12_000, 20_000])
})

test('all calls of a message are its time, and the latest messages count most', () => {
  const { waits, use } = setup(1)
  const message = { since: 0 }
  for (const ms of [8_000, 2_000, 2_000]) use(message, ms)
  const afterOne = waits.estimateMs(1) - waits.estimateMs(0)
  for (let i = 0; i < 300; i++) use({ since: i }, 1_000)

  const afterMany = waits.estimateMs(1) - waits.estimateMs(0)

  expect(afterOne).toBe(12_000)
  expect(afterMany).toBeCloseTo(1_000, -1)
})

test('calls that already take longer than any before lengthen the wait, until they end', () => {
  const { waits, use, pass } = setup(1)
  for (let i = 0; i < 300; i++) use({ since: i }, 100)

  const end = waits.begin({ since: 301 })
  pass(8_000)

  expect(waits.estimateMs(1)).toBe(12_000)
  end()
  expect(waits.estimateMs(1)).toBeLessThan(1_000)
})

test('before anything was measured there is an estimate', () => {
  expect(setup(1).waits.estimateMs(3)).toBeGreaterThan(0)
})
