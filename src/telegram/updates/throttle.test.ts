import { describe, expect, onTestFinished, test } from 'vitest'
import { redisNote, redisWanted, startRedisServer } from '../../../test/support/redis-server.ts'
import { silentLog } from '../../telemetry/log.ts'
import { consentVersion } from '../privacy/policy.ts'
import { eventually, startBot } from '../testing/start-bot.ts'
import {
  createMemoryThrottleStore,
  createRedisThrottleStore,
  type ThrottleStore,
  throttleKey,
} from './throttle-store.ts'

const throttle = { messages: 5, actions: 8, windowMs: 60_000 }

test('the sixth message within a minute gets one polite word, the seventh none, and a minute later all is well', async () => {
  const { user, users, assistant, handled, clock } = await startBot({ throttle })
  users.set(7, { consentVersion })

  for (let i = 1; i <= 7; i += 1) {
    user(7).say(`заказ ${i}`)
    await eventually(async () => (await handled()) === i)
  }
  const afterSeven = user(7).read()
  clock.offsetMs = 61_000
  user(7).say('заказ 8')
  await eventually(() => assistant.questions.length === 6)

  expect(afterSeven).toHaveLength(6)
  expect(afterSeven.at(-1)).toContain('через минуту')
  expect(await handled('throttled')).toBe(2)
})

test('another user is not held up, and commands have a limit of their own', async () => {
  const { user, users, handled } = await startBot({ throttle })
  users.set(7, { consentVersion })
  for (let i = 1; i <= 6; i += 1) {
    user(7).say(`заказ ${i}`)
    await eventually(async () => (await handled()) === i)
  }

  user(8).say('молоко')
  user(7).say('/help')
  await eventually(async () => (await handled('answered')) === 7)

  expect(user(7).last()).toContain('Как это работает')
  expect(user(8).buttons()).toEqual(['Согласен', 'Подробнее'])
})

describe.skipIf(!redisWanted)(`the counter in Redis${redisNote}`, () => {
  const store = (url: string) => {
    const made = createRedisThrottleStore({ url, windowMs: 60_000, log: silentLog, now: () => new Date() })
    onTestFinished(() => made.close())
    return made
  }

  test('is one for all replicas, and goes on in the process when Redis is down', async () => {
    const redis = await startRedisServer()
    onTestFinished(() => redis.dispose())
    const [first, second] = [store(redis.url), store(redis.url)]

    const hit = (store: ThrottleStore, update: string) => store.incr(throttleKey(7, update))

    const shared = [await hit(first, '1:'), await hit(second, '2:'), await hit(first, '3:')]
    await redis.stop()
    const alone = [await hit(first, '4:'), await hit(first, '5:')]

    expect(shared).toEqual([1, 2, 3])
    expect(alone).toEqual([1, 2])
  })

  test('an update that another replica died over is not counted twice, and keeps its place', async () => {
    const redis = await startRedisServer()
    onTestFinished(() => redis.dispose())
    const [first, second] = [store(redis.url), store(redis.url)]
    const hit = (store: ThrottleStore, userId: number, update: string) => store.incr(throttleKey(userId, update))

    const before = [await hit(first, 7, '1:'), await hit(first, 7, '2:'), await hit(first, 8, '1:')]
    const again = [await hit(second, 7, '1:'), await hit(second, 7, '2:'), await hit(second, 7, '3:')]

    expect(before).toEqual([1, 2, 1])
    expect(again).toEqual([1, 2, 3])
  })

  test('counts in the process when there never was a Redis', async () => {
    const counters = store('redis://127.0.0.1:1')

    const hits = [throttleKey(7, '1:'), throttleKey(7, '2:'), throttleKey(8, '3:')].map(key => counters.incr(key))

    expect(await Promise.all(hits)).toEqual([1, 2, 1])
  })
})

test('a counter in memory begins anew after its window', async () => {
  let now = new Date('2026-11-22T12:00:00Z')
  const store = createMemoryThrottleStore({ now: () => now })
  await store.incr('a')
  await store.pexpire('a', 1000)

  const within = await store.incr('a')
  now = new Date('2026-11-22T12:00:01Z')
  const after = await store.incr('a')

  expect([within, after]).toEqual([2, 1])
})
