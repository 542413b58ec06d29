import { expect, test } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'
import { createTestClock } from './testing/test-clock.ts'

function setup({ maxWaitMs = 5_000 } = {}) {
  const clock = createTestClock()
  const waits: { ms: number; go: () => void }[] = []
  const sleep = (ms: number) => new Promise<void>(go => void waits.push({ ms, go }))
  const takeTurn = createRateLimiter({ perSecond: 1, burst: 4, maxWaitMs, now: clock.now, sleep })
  return { clock, waits, takeTurn }
}

test('a burst is sent immediately, then turns come one a second in order of arrival', async () => {
  const { waits, takeTurn } = setup()

  const turns = Array.from({ length: 7 }, () => takeTurn())

  expect(await Promise.all(turns.slice(0, 4))).toEqual([0, 0, 0, 0])
  expect(waits.map(wait => wait.ms)).toEqual([1_000, 2_000, 3_000])
  for (const wait of waits) wait.go()
  expect(await Promise.all(turns.slice(4))).toEqual([1_000, 2_000, 3_000])
})

test('tokens come back with time, but never more than the burst', async () => {
  const { clock, waits, takeTurn } = setup()
  await Promise.all(Array.from({ length: 4 }, takeTurn))

  clock.advance(2_000)
  await Promise.all([takeTurn(), takeTurn()])
  clock.advance(3_600_000)
  const afterPause = Array.from({ length: 5 }, takeTurn)

  expect(waits.map(wait => wait.ms)).toEqual([1_000])
  expect(await Promise.all(afterPause.slice(0, 4))).toEqual([0, 0, 0, 0])
})

test('a call that would wait too long is rejected immediately and takes no place in the queue', async () => {
  const { waits, clock, takeTurn } = setup({ maxWaitMs: 2_000 })
  const admitted = Array.from({ length: 6 }, takeTurn)

  await expect(takeTurn()).rejects.toMatchObject({ name: 'RateLimitError', upstream: 'shop', retryAfterMs: 1_000 })
  await expect(takeTurn()).rejects.toMatchObject({ retryAfterMs: 1_000 })

  clock.advance(1_000)
  const later = takeTurn()
  expect(waits.map(wait => wait.ms)).toEqual([1_000, 2_000, 2_000])
  for (const wait of waits) wait.go()
  await Promise.all([...admitted, later])
})

test('after the clock was set back calls do not wait for the earlier time', async () => {
  const { clock, takeTurn } = setup()
  await Promise.all(Array.from({ length: 4 }, takeTurn))

  clock.advance(-3_600_000)

  expect(await takeTurn()).toBe(0)
})
