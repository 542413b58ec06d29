import { expect, test } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'
import { createTestClock } from './testing/test-clock.ts'

/** Those of the shop. */
const limits = { perSecond: 1, burst: 4, window: { calls: 60, ms: 61_000 } }

function setup({ maxWaitMs = 5_000 } = {}) {
  const clock = createTestClock()
  const waits: { ms: number; go: () => void }[] = []
  const sleep = (ms: number) => new Promise<void>(go => void waits.push({ ms, go }))
  const elapsedMs = () => clock.now().getTime()
  const takeTurn = createRateLimiter({ ...limits, maxWaitMs, elapsedMs, sleep })
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

test('a minute holds sixty calls: the next one waits for the sixtieth before it', async () => {
  const { waits, takeTurn } = setup({ maxWaitMs: 200_000 })

  for (let i = 0; i < 122; i++) void takeTurn()

  // four are sent immediately
  const waited = (call: number) => waits[call - 1 - 4]?.ms
  expect([60, 61, 62, 120, 121, 122].map(waited)).toEqual([56_000, 61_000, 62_000, 120_000, 122_000, 123_000])
})

test('a process that has just started waits until what may have been called before it is a minute ago', async () => {
  const waits: number[] = []
  const sleep = async (ms: number) => void waits.push(ms)
  const setUp = { ...limits, maxWaitMs: 60_000, elapsedMs: () => 1_000, sleep }

  const first = createRateLimiter(setUp)
  expect([await first(), await first()]).toEqual([4_000, 5_000])
  const knowing = createRateLimiter({ ...setUp, knowsEarlier: true })
  expect(await knowing()).toBe(0)
})
