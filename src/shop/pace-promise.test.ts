import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedisModel } from '../../test/simulation/models/redis.ts'
import { createRateLimiter, type PaceLimits, type TakeTurn } from './rate-limiter.ts'
import { createSharedPace } from './shared-pace.ts'

// What the pace promises to the shop, for any pattern of calls: in a process, and through a model of Redis.

const sleep = async () => undefined
const neverTooLong = { maxWaitMs: Number.POSITIVE_INFINITY, sleep }
const limitsOf = (perSecond: number): PaceLimits => ({
  perSecond,
  burst: 4 * perSecond,
  window: { calls: 60 * perSecond, ms: 61_000 },
})

/** Counts from nothing each time: a process that starts, or a Redis without its data. */
type Start = (limits: PaceLimits, now: () => number) => TakeTurn
const startProcess: Start = (limits, now) => {
  const startedAt = now()
  return createRateLimiter({ ...limits, ...neverTooLong, elapsedMs: () => now() - startedAt })
}
const startRedis: Start = (limits, now) => {
  const redis = createRedisModel(now)
  const run = async (...what: Parameters<typeof redis.run>) => redis.run(...what)
  return createSharedPace({ ...limits, ...neverTooLong, redis: { run, isDown: () => false }, own: async () => 0 })
    .takeTurn
}

/** Milliseconds between calls: at the same time, within a burst, about the rate, a pause. */
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 1_500 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
)
/** Calls up to an end, with the milliseconds until the next start. */
const life = fc.record({
  gaps: fc.array(gap, { maxLength: 90, size: 'max' }),
  downMs: fc.integer({ min: 0, max: 9_000 }),
})
const perSecond = fc.constantFrom(1, 2, 3)

/** When each call reached the shop; what waits when a life ends is never sent. */
async function play(start: Start, limits: PaceLimits, lives: readonly { gaps: number[]; downMs: number }[]) {
  let now = 1_000_000
  const sent: number[] = []
  for (const { gaps, downMs } of lives) {
    const takeTurn = start(limits, () => now)
    const turns: number[] = []
    for (const gapMs of gaps) {
      now += gapMs
      turns.push(now + (await takeTurn()))
    }
    now += downMs
    sent.push(...turns.filter(at => at <= now))
  }
  return sent
}

describe.each([
  ['a process that starts anew', startProcess],
  ['a Redis that loses its data', startRedis],
])('%s', (_, start) => {
  test('in any minute there are no more calls than a minute may have, also of those that come a second late', async () => {
    await fc.assert(
      fc.asyncProperty(perSecond, fc.array(life, { minLength: 1, maxLength: 4 }), async (rate, lives) => {
        const limits = limitsOf(rate)
        const sent = await play(start, limits, lives)

        // a tenth of a millisecond: turns are not whole ones, Redis rounds them up
        const full = sent.filter((at, i) => at < (sent[i - limits.window.calls] ?? -1e9) + 61_000 - 0.1)
        expect(full).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

/** The pace that keeps to a minute without memory: a burst, and between two others what is left of the minute. */
function withoutMemory({ perSecond: rate, burst }: PaceLimits, now: () => number): () => number {
  const intervalMs = 60_000 / (55 * rate)
  let next = Number.NEGATIVE_INFINITY
  return () => {
    const turn = Math.max(next, now() - (burst - 1) * intervalMs)
    next = turn + intervalMs
    return Math.max(0, turn - now())
  }
}

test('no call waits longer than at 55 a minute, which needs no memory', async () => {
  await fc.assert(
    fc.asyncProperty(perSecond, fc.array(gap, { maxLength: 300, size: 'max' }), async (rate, gaps) => {
      const limits = limitsOf(rate)
      let now = 0
      const takeTurn = createRateLimiter({ ...limits, ...neverTooLong, elapsedMs: () => now, knowsEarlier: true })
      const slower = withoutMemory(limits, () => now)
      for (const gapMs of gaps) {
        now += gapMs
        expect(await takeTurn()).toBeLessThanOrEqual(slower() + 1e-6)
      }
    }),
    { numRuns: 300 },
  )
})
