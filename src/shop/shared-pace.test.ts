import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestRegistry } from '../../test/support/metrics.ts'
import { type RedisServer, redisNote, redisWanted, startRedisServer } from '../../test/support/redis-server.ts'
import { createRedisScripts } from '../process/redis-scripts.ts'
import { silentLog } from '../telemetry/log.ts'
import { createShop, type ShopLimits } from './create-shop.ts'
import { createSharedPace } from './shared-pace.ts'
import { milkPage, say, sayTool, startScriptedServer } from './testing/scripted-server.ts'

const cartMade = sayTool({ ok: true, data: { link: 'https://vkusvill.ru/?share_basket=77' } })
/** The rights that docs/operations.md asks for, as far as these scripts need them. */
const rights = '~vv:* +@connection +eval +time +get +set +pttl +pexpire +zadd +zrange +zremrangebyscore'

describe.skipIf(!redisWanted)(`a pace shared through Redis${redisNote}`, () => {
  let server: RedisServer
  const cleanups: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startRedisServer({ options: ['--user', 'bot', 'on', '>secret', ...rights.split(' ')] })
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    const client = createClient({ url: server.url })
    await client.connect()
    await client.flushAll()
    client.destroy()
  })
  beforeEach(() => usedBefore())
  afterAll(() => server.dispose())

  /** Redis knows of calls long ago: without any it assumes as many as may be. */
  async function usedBefore() {
    const client = createClient({ url: server.url })
    await client.connect()
    await client.set('vv:shop:next-turn', '0')
    client.destroy()
  }
  const noFailure = (err: unknown) => expect.fail(String(err))
  /** Several processes with one shop, which notes when it was called. */
  async function setup(processes: number, limits: Partial<ShopLimits>, answer = sayTool(milkPage)) {
    const calledAt: number[] = []
    const shopServer = await startScriptedServer({
      call: exchange => {
        calledAt.push(performance.now())
        answer(exchange)
      },
    })
    cleanups.push(shopServer.close)
    const now = () => new Date()
    const shops = Array.from({ length: processes }, () => {
      const url = server.url.replace('//', '//bot:secret@')
      const redis = createRedisScripts({ url, timeoutMs: 5_000, downAfterMs: 60_000, now, onUnavailable: noFailure })
      const shop = createShop({
        ...{ mcpUrl: shopServer.url, log: silentLog, register: createTestRegistry(), now },
        limits,
        redis,
      })
      cleanups.push(redis.close, shop.close)
      return shop
    })
    return { shops, calledAt }
  }

  test('two processes together send no more than the pace and one burst', async () => {
    const [perSecond, burst] = [10, 4]
    const { shops, calledAt } = await setup(2, { perSecond, burst }, cartMade)

    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 20 }, (_, i) => shops[i % 2]?.createCart([{ xmlId: i + 1, q: 1 }])))

    // 2 ms: timers end a little early
    const tooEarly = calledAt.filter((at, i) => at - startedAt < ((i + 1 - burst) * 1000) / perSecond - 2)
    expect(calledAt).toHaveLength(20)
    expect(tooEarly).toEqual([])
  })

  test('a call that would wait too long is rejected, whichever process has taken the turns before', async () => {
    const { shops, calledAt } = await setup(2, { perSecond: 0.01, burst: 2, maxQueueWaitMs: 1_000 })
    for (const query of ['молоко', 'сыр']) await shops[0]?.search(query)

    const rejected = shops[1]?.search('хлеб')

    await expect(rejected).rejects.toMatchObject({ name: 'RateLimitError', upstream: 'shop' })
    expect(calledAt).toHaveLength(2)
  })

  test('what the shop asks one process for, to slow down, holds for all', async () => {
    const { shops, calledAt } = await setup(2, { perSecond: 1_000, burst: 10 }, say(429, 'text/plain', 'slow down'))
    await expect(shops[0]?.search('молоко')).rejects.toMatchObject({ name: 'RateLimitError' })

    const other = () => shops[1]?.createCart([{ xmlId: 1, q: 1 }]).catch(err => err.message)
    await expect.poll(other).toMatch(/left alone after it asked to slow down/)

    expect(calledAt.length).toBeLessThanOrEqual(2)
  })
})

describe('without Redis', () => {
  const pace = { perSecond: 1, burst: 4, window: { calls: 60, ms: 61_000 }, maxWaitMs: 5_000 }

  test('while it is down each process keeps the pace alone', async () => {
    const redis = { run: () => Promise.reject(new Error('down')), isDown: () => true }
    const { takeTurn } = createSharedPace({ ...pace, redis, own: async () => 1_234, sleep: async () => undefined })

    expect(await takeTurn()).toBe(1_234)
  })

  test('one failure is no reason to: the call asks again', async () => {
    let asked = 0
    const run = async () => {
      asked += 1
      if (asked === 1) throw new Error('slow')
      return [700, 0]
    }
    const slept: number[] = []
    const { takeTurn } = createSharedPace({
      ...{ ...pace, redis: { run, isDown: () => false }, own: async () => 0 },
      sleep: async ms => void slept.push(ms),
    })

    expect(await takeTurn()).toBe(700)
    expect(slept.at(-1)).toBe(700)
  })
})
