import { expect, test } from 'vitest'
import { McpError, RateLimitError, TimeoutError } from '../errors.ts'
import { ShopRefusal } from './service-failure.ts'
import { createShopBreaker, isCircuitOpen } from './shop-breaker.ts'
import { deferred } from './testing/deferred.ts'
import { createTestClock } from './testing/test-clock.ts'

function setup() {
  const clock = createTestClock()
  const opened: [string, number][] = []
  let closed = 0
  const breaker = createShopBreaker({
    failures: 3,
    failureOpenMs: 15_000,
    rateLimitOpenMs: 60_000,
    maxOpenMs: 200_000,
    now: clock.now,
    onOpen: (reason, ms) => opened.push([reason, ms]),
    onClose: () => {
      closed += 1
    },
  })
  const ok = () => breaker.run(async () => 'ok')
  const fail = (err: Error) => breaker.run(() => Promise.reject(err)).catch(thrown => thrown)
  return { clock, breaker, opened, closed: () => closed, ok, fail }
}
const timeout = new TimeoutError('shop', 1)
const circuitOpen = { name: 'MCPError', code: 'circuit_open' }

test('one rate limit opens it for a minute; then a call that succeeds closes it', async () => {
  const { clock, breaker, opened, closed, ok, fail } = setup()

  await fail(new RateLimitError('shop', 'rate_limited'))

  expect(opened).toEqual([['rate_limited', 60_000]])
  clock.advance(59_999)
  await expect(ok()).rejects.toMatchObject({ name: 'RateLimitError', retryAfterMs: 1 })
  expect(() => breaker.check()).toThrow(RateLimitError)
  clock.advance(1)
  await expect(ok()).resolves.toBe('ok')
  await expect(ok()).resolves.toBe('ok')
  expect(closed()).toBe(1)
})

test('it stays open for as long as the shop asked, within reason', async () => {
  const { opened, fail, clock } = setup()

  await fail(new RateLimitError('shop', 'HTTP 429', 120_000))
  clock.advance(120_000)
  await fail(new RateLimitError('shop', 'HTTP 429', 9_000_000))

  expect(opened.map(([, ms]) => ms)).toEqual([120_000, 200_000])
})

test('failures in a row open it shortly; a success between them starts the count again', async () => {
  const { opened, ok, fail } = setup()

  for (const err of [timeout, timeout]) await fail(err)
  await ok()
  for (const err of [timeout, new McpError('http_502', '', true), new McpError('http_403', '', false)]) {
    expect(opened).toEqual([])
    await fail(err)
  }

  expect(opened).toEqual([['failures', 15_000]])
  await expect(ok()).rejects.toMatchObject(circuitOpen)
})

test('a call the shop understood and refused shows that it works', async () => {
  const { opened, fail } = setup()

  for (const err of [timeout, timeout, new ShopRefusal('invalid_input', ''), timeout, timeout]) await fail(err)

  expect(opened).toEqual([])
})

test('while one call probes the others are refused, and a failed probe doubles the time up to a limit', async () => {
  const { clock, breaker, opened, ok, fail } = setup()
  await fail(new RateLimitError('shop', 'rate_limited'))

  for (const openMs of [60_000, 120_000, 200_000]) {
    clock.advance(openMs)
    const call = deferred<void>()
    const probe = breaker.run(() => call.promise)
    await expect(ok()).rejects.toThrow(RateLimitError)
    call.reject(new RateLimitError('shop', 'rate_limited'))
    await expect(probe).rejects.toThrow(RateLimitError)
  }

  expect(opened.map(([, ms]) => ms)).toEqual([60_000, 120_000, 200_000, 200_000])
})

test('calls sent before it opened neither prolong nor end the open time', async () => {
  const { breaker, opened, closed, ok, fail } = setup()
  const [good, bad] = [deferred<void>(), deferred<void>()]
  const sentBefore = Promise.allSettled([breaker.run(() => good.promise), breaker.run(() => bad.promise)])

  await fail(new RateLimitError('shop', 'rate_limited'))
  good.resolve()
  bad.reject(new RateLimitError('shop', 'HTTP 429', 120_000))
  await sentBefore

  expect(opened).toHaveLength(1)
  expect(closed()).toBe(0)
  await expect(ok()).rejects.toThrow(RateLimitError)
})

test('a probe that fails in another way opens it again', async () => {
  const { clock, opened, ok, fail } = setup()
  await fail(new RateLimitError('shop', 'rate_limited'))

  clock.advance(60_000)
  await fail(timeout)

  expect(opened).toEqual([
    ['rate_limited', 60_000],
    ['failures', 120_000],
  ])
  clock.advance(120_000)
  await expect(ok()).resolves.toBe('ok')
})

test('a refusal of its own differs from one of the shop, with the time after which a call may be made', async () => {
  const { clock, breaker, ok, fail } = setup()
  const limit = new RateLimitError('shop', 'rate_limited')

  await fail(limit)
  clock.advance(20_000)

  expect(isCircuitOpen(limit)).toBe(false)
  expect(isCircuitOpen(await ok().catch(err => err))).toBe(true)
  expect(breaker.retryInMs()).toBe(40_000)
})

test('while a probe is in flight another look is worth it soon', async () => {
  const { clock, breaker, ok, fail } = setup()
  for (const err of [timeout, timeout, timeout]) await fail(err)
  clock.advance(15_000)
  const call = deferred<void>()
  const probe = breaker.run(() => call.promise)

  expect(isCircuitOpen(await ok().catch(err => err))).toBe(true)
  expect(breaker.retryInMs()).toBeGreaterThan(0)
  expect(breaker.retryInMs()).toBeLessThan(1_000)
  call.resolve()
  await probe
})
