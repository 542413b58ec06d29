import { expect, test } from 'vitest'
import { createCachedCalls } from './cached-calls.ts'
import { createTestClock } from './testing/test-clock.ts'

function setup({ max = 10, maxCharacters = 1_000 } = {}) {
  const clock = createTestClock()
  const results: string[] = []
  const cached = createCachedCalls<{ value: number }>({
    max,
    maxCharacters,
    ttlMs: ({ value }) => (value === 0 ? 1_000 : 10_000),
    now: clock.now,
    onRequest: result => results.push(result),
  })
  let loads = 0
  const load = (value: number) => async () => {
    loads += 1
    return { value }
  }
  return { clock, results, cached, load, loads: () => loads }
}

test('a value is loaded once, served until it is too old, then loaded again', async () => {
  const { clock, results, cached, load, loads } = setup()

  await cached('a', load(1))
  clock.advance(10_000)
  await cached('a', load(1))
  clock.advance(1)
  await cached('a', load(1))

  expect(results).toEqual(['miss', 'hit', 'miss'])
  expect(loads()).toBe(2)
})

test('how long a value is served depends on it', async () => {
  const { clock, results, cached, load } = setup()

  await cached('empty', load(0))
  clock.advance(1_001)
  await cached('empty', load(0))

  expect(results).toEqual(['miss', 'miss'])
})

test('equal calls in flight are one, others are their own', async () => {
  const { results, cached, load, loads } = setup()

  const values = await Promise.all([cached('a', load(1)), cached('a', load(2)), cached('b', load(3))])

  expect(values.map(({ value }) => value)).toEqual([1, 1, 3])
  expect(loads()).toBe(2)
  expect(results).toEqual(['miss', 'coalesced', 'miss'])
})

test('a failure reaches all who joined and is not kept', async () => {
  const { cached, load } = setup()
  const failing = () => Promise.reject(new Error('down'))

  const both = await Promise.allSettled([cached('a', failing), cached('a', load(1))])

  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(cached('a', load(1))).resolves.toEqual({ value: 1 })
})

test('the value unused for longest makes room', async () => {
  const { results, cached, load } = setup({ max: 2 })

  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cached(key, load(1))

  expect(results).toEqual(['miss', 'miss', 'hit', 'miss', 'hit', 'miss'])
})

test('values that are large together make room for each other', async () => {
  const { cached, load, loads } = setup({ maxCharacters: 2 * JSON.stringify({ value: 1 }).length })

  for (const key of ['a', 'b', 'c', 'a']) await cached(key, load(1))

  expect(loads()).toBe(4)
})
