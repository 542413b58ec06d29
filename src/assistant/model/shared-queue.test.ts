import { spawn } from 'node:child_process'
import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type RedisServer, redisNote, redisWanted, startRedisServer } from '../../../test/support/redis-server.ts'
import { createRedisScripts } from '../../process/redis-scripts.ts'
import { gate } from '../gigachat/testing/client-setup.ts'
import { createSharedQueue, streamsScript } from './shared-queue.ts'
import type { StreamTurn } from './stream-queue.ts'
import { createStreams } from './streams.ts'

/** The rights that docs/operations.md asks for, as far as scripts need them. */
const rights = '~vv:* +@connection +eval +time +pexpire +zadd +zrem +zrange +zscore +zcard +zremrangebyscore'

describe.skipIf(!redisWanted)(`streams shared through Redis${redisNote}`, () => {
  let server: RedisServer
  const cleanups: (() => unknown)[] = []
  beforeAll(async () => {
    server = await startRedisServer({ options: ['--user', 'bot', 'on', '>secret', ...rights.split(' ')] })
    await flush()
    await useBefore()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await flush()
    await useBefore()
  })
  afterAll(() => server.dispose())

  const flush = async () => {
    const client = createClient({ url: server.url })
    await client.connect()
    await client.flushAll()
    client.destroy()
  }
  /** As one that processes have used before: it gives out streams immediately. */
  const useBefore = async () => {
    const redis = createRedisScripts({
      url: server.url,
      timeoutMs: 30_000,
      now: () => new Date(),
      onUnavailable: err => {
        throw err
      },
    })
    await redis.run(streamsScript, ['before', '0', '0', '0'])
    redis.close()
  }
  const botUrl = () => server.url.replace('//', '//bot:secret@')

  /** All calls that have a stream, of whatever process, and the most there ever were. */
  const using = new Set<string>()
  let most = 0
  const order: string[] = []
  afterEach(() => {
    using.clear()
    order.length = 0
    most = 0
  })

  /** What a process has of `size` streams. Its calls end when their gates open. */
  function startProcess({ size = 2, leaseMs = 10_000, timeoutMs = 5_000, downAfterMs = 60_000 } = {}) {
    const failures: unknown[] = []
    const redis = createRedisScripts({
      url: botUrl(),
      timeoutMs,
      downAfterMs,
      now: () => new Date(),
      onUnavailable: err => void failures.push(err),
    })
    const queue = createSharedQueue({ redis, size, onChange: () => undefined, leaseMs })
    const streams = createStreams({ upstream: 'gigachat', size, maxWaiting: 100, queue })
    cleanups.push(async () => {
      await queue.close()
      redis.close()
    })
    const call = (name: string, turn: StreamTurn, signal?: AbortSignal) => {
      const { passed, open } = gate()
      const work = async () => {
        order.push(name)
        using.add(name)
        most = Math.max(most, using.size)
        await passed
        using.delete(name)
      }
      return { done: streams.run(work, turn, signal), open }
    }
    return { call, queue, streams, failures }
  }

  test('the oldest messages go first, whichever process has them', async () => {
    const [a, b] = [startProcess({ size: 1 }), startProcess({ size: 1 })]
    const held = a.call('a0', { since: 0 })
    await expect.poll(() => using.size).toBe(1)
    const places: number[] = []
    const waits = (since: number): StreamTurn => ({ since, onWaiting: place => void places.push(place().ahead) })
    const waiting = []
    for (const since of [6, 1, 4, 3, 2, 5]) {
      const [name, { call }] = since % 2 === 0 ? (['a', a] as const) : (['b', b] as const)
      waiting.push(call(`${name}${since}`, waits(since)))
      await expect.poll(() => places.length).toBe(waiting.length)
    }

    for (const { open } of [held, ...waiting]) open()
    await Promise.all([held, ...waiting].map(({ done }) => done))

    expect(order.slice(1)).toEqual(['b1', 'a2', 'b3', 'a4', 'b5', 'a6'])
    expect(places).toEqual([0, 0, 1, 1, 1, 4])
  })

  test('never more calls run than there are streams, over all processes', async () => {
    const processes = [startProcess(), startProcess(), startProcess()]
    const calls = processes.flatMap(({ call }, i) =>
      Array.from({ length: 8 }, (_, j) => call(`${i}.${j}`, { since: j })),
    )
    await expect.poll(() => using.size).toBe(2)

    for (const { open } of calls) open()
    await Promise.all(calls.map(({ done }) => done))

    expect(order).toHaveLength(24)
    expect(most).toBe(2)
  })

  test('the streams of a killed process are free once its lease is over', async () => {
    const program = `
      const [{ createRedisScripts }, { createSharedQueue }] = await Promise.all(
        ['process/redis-scripts.js', 'assistant/model/shared-queue.js'].map(file => import(process.env.DIST + file)))
      const redis = createRedisScripts({ url: process.env.URL, timeoutMs: 5000, now: () => new Date(), onUnavailable: err => console.log(err) })
      const queue = createSharedQueue({ redis, size: 2, leaseMs: 5000, onChange: () => undefined })
      const proceed = () => console.log('has a stream')
      for (const since of [1, 2, 3]) queue.enter({ turn: { since }, proceed, wait: () => console.log('waits') })`
    const dist = new URL('../../../dist/', import.meta.url).href
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env.PATH ?? '', DIST: dist, URL: botUrl() },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    await expect.poll(() => output).toBe('has a stream\nhas a stream\nwaits\n')
    const { call } = startProcess({ leaseMs: 5_000 })
    const places: number[] = []
    const waiting = call('a', { since: 4, onWaiting: place => void places.push(place().ahead) })
    await expect.poll(() => places).toEqual([1])

    child.kill('SIGKILL')
    await expect.poll(() => using.size).toBe(1)
    waiting.open()
    await waiting.done

    expect(order).toEqual(['a'])
  })

  test('a process that ends in order leaves its streams to the others immediately', async () => {
    const [a, b] = [startProcess({ size: 1 }), startProcess({ size: 1 })]
    const ending = a.call('a', { since: 1 })
    await expect.poll(() => using.size).toBe(1)
    const waiting = b.call('b', { since: 2 })

    await a.queue.close()
    await expect.poll(() => order).toEqual(['a', 'b'])

    for (const { open, done } of [ending, waiting]) {
      open()
      await done
    }
  })

  test('a process that ends in order leaves to the others what they have', async () => {
    const [a, b, c] = [startProcess({ size: 1 }), startProcess({ size: 1 }), startProcess({ size: 1 })]
    const first = a.call('a', { since: 1 })
    first.open()
    await first.done
    const held = b.call('b', { since: 2 })
    await expect.poll(() => [...using]).toEqual(['b'])

    await a.queue.close()
    const places: number[] = []
    const waiting = c.call('c', { since: 3, onWaiting: place => void places.push(place().ahead) })
    await expect.poll(() => places).toEqual([0])

    for (const { open, done } of [held, waiting]) {
      open()
      await done
    }
    expect(most).toBe(1)
  })

  test('what gives up waiting takes no stream', async () => {
    const { call, streams } = startProcess({ size: 1 })
    const leaving = new AbortController()
    const a = call('a', { since: 1 })
    const b = call('b', { since: 2 }, leaving.signal)
    const c = call('c', { since: 3 })
    await expect.poll(() => streams.state()).toMatchObject({ held: 1, waiting: 2, ofNew: { ahead: 2 } })

    leaving.abort(new Error('left'))
    await expect(b.done).rejects.toThrow('left')
    for (const { open, done } of [a, c]) {
      open()
      await done
    }

    expect(order).toEqual(['a', 'c'])
    await expect.poll(() => streams.state().ofNew).toBeNull()
  })

  test('a Redis that comes back empty gives out no stream twice', async () => {
    const [a, b] = [startProcess({ leaseMs: 5_000 }), startProcess({ leaseMs: 5_000 })]
    const held = [a.call('a1', { since: 1 }), a.call('a2', { since: 2 })]
    await expect.poll(() => using.size).toBe(2)
    const waiting = b.call('b', { since: 3 })
    await expect.poll(() => b.streams.state().ofNew).toMatchObject({ ahead: 1 })

    await flush()
    await expect.poll(() => b.streams.state().ofNew).toMatchObject({ ahead: 1 })
    for (const { open, done } of [...held, waiting]) {
      open()
      await done
    }

    expect(order).toEqual(['a1', 'a2', 'b'])
    expect(most).toBe(2)
  })

  test('a process that comes to a Redis without its data is given no stream that another one uses', async () => {
    const a = startProcess({ leaseMs: 5_000 })
    const held = [a.call('a1', { since: 1 }), a.call('a2', { since: 2 })]
    await expect.poll(() => using.size).toBe(2)

    await flush()
    const b = startProcess({ leaseMs: 5_000 })
    const waiting = b.call('b', { since: 0 })
    await expect.poll(() => b.streams.state().ofNew).toMatchObject({ ahead: 1 })
    for (const { open, done } of [...held, waiting]) {
      open()
      await done
    }

    expect(order).toEqual(['a1', 'a2', 'b'])
    expect(most).toBe(2)
  })

  test('a process without calls knows how many wait', async () => {
    const [a, b] = [startProcess({ size: 1, leaseMs: 5_000 }), startProcess({ size: 1, leaseMs: 5_000 })]
    const calls = [1, 2, 3].map(since => a.call(`${since}`, { since }))

    await expect.poll(() => b.streams.state().ofNew).toMatchObject({ ahead: 2 })

    for (const { open, done } of calls) {
      open()
      await done
    }
  })

  test('without Redis each process gives out streams alone, and together again when it is back', async () => {
    const alone = { leaseMs: 5_000, timeoutMs: 5_000, downAfterMs: 0 }
    const [a, b] = [startProcess(alone), startProcess(alone)]
    await server.kill()
    const calls = [a, b].map(({ call }) => [1, 2, 3].map(since => call(`${since}`, { since })))
    await expect.poll(() => order.length).toBe(4)

    await server.start()
    const [first, second] = calls.flat().filter((_, i) => i % 3 < 2)
    await expect
      .poll(() => [a, b].map(({ streams }) => streams.state().ofNew))
      .toMatchObject([{ ahead: 2 }, { ahead: 2 }])
    first?.open()
    second?.open()
    await Promise.all([first?.done, second?.done])
    const whileTwoRun = order.length
    for (const { open } of calls.flat()) open()
    await Promise.all(calls.flat().map(({ done }) => done))

    expect(whileTwoRun).toBe(4)
    expect([a.failures.length, b.failures.length]).toEqual([1, 1])
  })
})

test('one answer of Redis that fails is no reason to give out streams alone', async () => {
  const states: string[] = []
  let answers = 0
  const run = async () => {
    answers += 1
    if (answers === 1) throw new Error('slow')
    return [[], [], 0, 0]
  }
  const queue = createSharedQueue({
    redis: { run, isDown: () => false },
    size: 1,
    onChange: () => undefined,
    sleep: () => new Promise(setImmediate),
  })
  queue.enter({
    turn: { since: 1 },
    proceed: () => void states.push('proceeds'),
    wait: () => void states.push('waits'),
  })

  await expect.poll(() => answers).toBeGreaterThan(2)
  await queue.close()

  expect(states).toEqual(['waits'])
})
