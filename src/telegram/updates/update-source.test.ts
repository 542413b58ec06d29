import type { Update } from 'grammy/types'
import { describe, expect, test } from 'vitest'
import { RateLimitError, UpstreamError } from '../../errors.ts'
import { TelegramRefusal } from '../api/telegram-refusal.ts'
import { createLogBook } from '../testing/start-bot.ts'
import { createUpdateSource, type GetUpdatesRequest } from './update-source.ts'

const update = (update_id: number): Update => ({ update_id })

/** The queue of Telegram: `getUpdates` deletes what lies below the offset and returns the rest. */
function setup({ queue = [], failures = [] }: { queue?: number[]; failures?: unknown[] } = {}) {
  const kept = { ids: [...queue] }
  const requests: GetUpdatesRequest[] = []
  const slept: number[] = []
  const { log, lines } = createLogBook()
  const source = createUpdateSource({
    getUpdates: async request => {
      requests.push(request)
      const failure = failures.shift()
      if (failure !== undefined) throw failure
      kept.ids = kept.ids.filter(id => id >= (request.offset ?? 0))
      return kept.ids.slice(0, request.limit).map(update)
    },
    log,
    sleep: async ms => void slept.push(ms),
  })
  const never = new AbortController().signal
  const take = async (signal = never) => (await source.supply(signal)).map(({ update_id }) => update_id)
  return { source, kept, requests, slept, lines, take }
}

test('an update that is left to another process is not waited for, and stays with Telegram', async () => {
  const { source, take, kept } = setup({ queue: [1, 2, 3] })
  await take()

  source.done(1)
  source.leave(2)
  source.done(3)
  await source.idle()
  await source.confirm()

  expect(kept.ids).toEqual([2, 3])
})

test('while one that was left stays with Telegram it asks as often as with one in flight', async () => {
  const { source, take, requests, slept } = setup({ queue: [1] })
  await take()

  source.leave(1)
  await take()

  expect(requests.at(-1)?.timeout).toBe(0)
  expect(slept).toEqual([50, 300])
})

test('an update is handed out once, however often Telegram sends it', async () => {
  const { take, kept } = setup({ queue: [1, 2] })

  const first = await take()
  kept.ids.push(3)
  const second = await take()
  const third = await take()

  expect([first, second, third]).toEqual([[1, 2], [3], []])
})

test('an update is confirmed only when it and all earlier ones are dealt with', async () => {
  const { source, take, kept } = setup({ queue: [1, 2, 3] })
  await take()

  source.done(2)
  await take()
  const afterTheSecond = [...kept.ids]
  source.done(1)
  await take()
  const afterTheFirst = [...kept.ids]
  source.done(3)
  await take()

  expect(afterTheSecond).toEqual([1, 2, 3])
  expect(afterTheFirst).toEqual([3])
  expect(kept.ids).toEqual([])
})

test('with nothing in flight it waits long, with something in flight it asks often and does not wait', async () => {
  const { source, take, requests, slept } = setup({ queue: [1] })
  await take()

  await take()
  source.done(1)
  await take()

  expect(requests.map(({ timeout }) => timeout)).toEqual([30, 0, 30])
  expect(slept).toEqual([50, 300])
})

test('only after new updates it waits a moment, so that those that follow come together', async () => {
  const { source, take, kept, slept } = setup({ queue: [1] })
  await take()
  source.done(1)
  kept.ids.push(2, 3)

  const together = await take()
  for (const id of together) source.done(id)
  await take()
  await take()

  expect(together).toEqual([2, 3])
  expect(slept).toEqual([50, 50])
})

test('the pause ends early when the oldest update is done', async () => {
  const { log } = createLogBook()
  const asked: (number | undefined)[] = []
  const source = createUpdateSource({
    getUpdates: async ({ offset }) => {
      asked.push(offset)
      return asked.length === 1 ? [update(1)] : []
    },
    log,
    // the longer one ends by its signal alone
    sleep: (ms, signal) =>
      new Promise(resolve => (ms < 300 ? resolve() : signal?.addEventListener('abort', () => resolve()))),
  })
  const { signal } = new AbortController()
  await source.supply(signal)

  const next = source.supply(signal)
  await Promise.resolve()
  source.done(1)
  await next

  expect(asked).toEqual([undefined, 2])
})

test('the window of a hundred is the limit of updates in flight', async () => {
  const { source, take, requests } = setup({ queue: Array.from({ length: 250 }, (_, i) => i + 1) })

  const first = await take()
  const whileFull = await take()
  for (let id = 1; id <= 40; id += 1) source.done(id)
  const afterForty = await take()

  expect([first.length, whileFull.length, afterForty.length]).toEqual([100, 0, 40])
  expect(Math.max(...requests.map(({ limit }) => limit))).toBe(100)
})

test('an answer that was in flight when an update was done does not bring it twice', async () => {
  const { log } = createLogBook()
  let answerLate: (updates: Update[]) => void = () => undefined
  let calls = 0
  const source = createUpdateSource({
    getUpdates: () => {
      calls += 1
      if (calls === 1) return Promise.resolve([update(1)])
      return new Promise(resolve => {
        answerLate = resolve
      })
    },
    log,
    sleep: async () => undefined,
  })
  const { signal } = new AbortController()
  await source.supply(signal)

  const late = source.supply(signal)
  await Promise.resolve()
  await Promise.resolve()
  source.done(1)
  answerLate([update(1)])

  expect(await late).toEqual([])
})

test('ids that begin anew lower after a quiet week are taken', async () => {
  const { source, take, kept, requests } = setup({ queue: [5000] })
  await take()
  source.done(5000)
  await take()

  kept.ids.push(17)
  const taken = await take()

  expect(taken).toEqual([17])
  expect(requests.at(-1)).not.toHaveProperty('offset')
})

test('an update without a usable id is left out', async () => {
  const { log } = createLogBook()
  const source = createUpdateSource({
    getUpdates: async () => [{ update_id: Number.NaN }, update(2)],
    log,
    sleep: async () => undefined,
  })

  expect(await source.supply(new AbortController().signal)).toEqual([update(2)])
})

describe('a failing Telegram', () => {
  test.each([
    ['a broken connection', new UpstreamError('telegram', null, 'broken', true)],
    ['5xx', new TelegramRefusal(502, 'try_later')],
    ['a token withdrawn', new TelegramRefusal(401, 'unauthorized')],
    ['a bug', new TypeError('no')],
  ])('%s is asked again with growing pauses', async (_what, failure) => {
    const { take, slept } = setup({ queue: [1], failures: [failure, failure, failure] })

    const taken = await take()

    expect(taken).toEqual([1])
    expect(slept).toEqual([500, 1000, 2000])
  })

  test('after a failure the next request does not wait, so that recovery shows immediately', async () => {
    const { take, requests } = setup({ failures: [new TelegramRefusal(502, 'try_later')] })

    await take()
    await take()

    expect(requests.map(({ timeout }) => timeout)).toEqual([30, 0, 30])
  })

  test('429 is given the time it asks for', async () => {
    const { take, slept } = setup({ queue: [1], failures: [new RateLimitError('telegram', 'slow', 7000)] })

    await take()

    expect(slept).toEqual([7000])
  })

  test('pauses stay below half a minute', async () => {
    const failures = Array.from({ length: 30 }, () => new TelegramRefusal(500, 'try_later'))
    const { take, slept } = setup({ queue: [1], failures })

    await take()

    expect(Math.max(...slept)).toBe(30_000)
  })

  test('another process with the same token is an error that needs an operator, logged once', async () => {
    const failures = [new TelegramRefusal(409, 'conflict'), new TelegramRefusal(409, 'conflict')]
    const { take, lines } = setup({ queue: [1], failures })

    await take()

    const errors = lines.filter(({ level }) => level === 'error')
    expect(errors).toMatchObject([{ event: 'upstream_failed', fields: { status: 409 } }])
    expect(String(errors[0]?.fields.err)).toContain('another process')
  })
})

describe('when it stops', () => {
  test('the last request confirms what is dealt with and takes nothing new', async () => {
    const { source, take, requests, kept } = setup({ queue: [1, 2, 3] })
    await take()
    source.done(1)
    source.done(2)

    await source.confirm()

    expect(requests.at(-1)).toEqual({ offset: 3, limit: 1, timeout: 0 })
    expect(kept.ids).toEqual([3])
  })

  test('what is done afterwards is not confirmed, because the next process has it', async () => {
    const { source, take, requests } = setup({ queue: [1, 2] })
    await take()
    source.done(1)
    await source.confirm()

    source.done(2)
    await source.confirm()

    expect(requests.map(({ offset }) => offset)).toEqual([undefined, 2, 2])
  })

  test('an aborted wait hands out nothing', async () => {
    const { take, requests } = setup({ queue: [1] })

    const taken = await take(AbortSignal.abort())

    expect(taken).toEqual([])
    expect(requests).toEqual([])
  })

  test('idle comes when the last update in flight is done', async () => {
    const { source, take } = setup({ queue: [1, 2] })
    await take()
    let idle = false
    const waiting = source.idle().then(() => {
      idle = true
    })

    source.done(2)
    await Promise.resolve()
    const early = idle
    source.done(1)
    await waiting

    expect(early).toBe(false)
    expect(idle).toBe(true)
  })
})
