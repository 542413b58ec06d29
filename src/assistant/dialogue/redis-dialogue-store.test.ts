import { createClient } from '@redis/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../../test/support/metrics.ts'
import { type RedisServer, redisNote, redisWanted, startRedisServer } from '../../../test/support/redis-server.ts'
import { type Log, silentLog } from '../../telemetry/log.ts'
import type { Message } from '../model/chat-model.ts'
import { createRedisDialogueStore } from './redis-dialogue-store.ts'

const milk: Message[] = [{ role: 'user', content: 'молоко для Анны' }]
const tea: Message[] = [{ role: 'user', content: 'чай' }]
const bread: Message[] = [{ role: 'user', content: 'хлеб' }]
const key = 'vv:dialogue:7'

describe.skipIf(!redisWanted)(`dialogues in Redis${redisNote}`, () => {
  let server: RedisServer
  const cleanups: (() => unknown)[] = []
  beforeEach(async () => {
    server = await startRedisServer()
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await server.dispose()
  })

  /** A replica of the bot; its clock ticks with every look at it. */
  function replica({ timeoutMs = 5_000, url = server.url } = {}) {
    const register = createTestRegistry()
    const warnings: { event: string; fields: Record<string, unknown> }[] = []
    const warn: Log['warn'] = (event, fields) => void warnings.push({ event, fields })
    const now = () => new Date(Date.parse('2026-11-22T12:00:00Z') + tick())
    const store = createRedisDialogueStore({ url, log: { ...silentLog, warn }, register, now, timeoutMs })
    cleanups.push(() => store.close())
    const degraded = (operation: string) =>
      metricValue(register, 'bot_dialogue_store_operations_total', { operation, outcome: 'degraded' })
    return { store, warnings, degraded }
  }
  let ticks = 0
  const tick = () => {
    ticks += 1
    return ticks
  }
  /** A plain client of the same Redis. */
  async function plain() {
    const client = createClient({ url: server.url })
    await client.connect()
    cleanups.push(() => client.destroy())
    return client
  }

  test('no connection is opened before the first use', async () => {
    const client = await plain()
    const connections = async () => (await client.sendCommand(['CLIENT', 'LIST'])).toString().trim().split('\n').length
    const { store } = replica()

    const before = await connections()
    await store.load(7)

    expect([before, await connections()]).toEqual([1, 2])
  })

  test('a store that was never used can be closed, also twice', async () => {
    const { store } = replica()

    await store.close()
    const again = store.close()

    await expect(again).resolves.toBeUndefined()
  })

  test('a dialogue lives 24 h from its last save or load, under its key', async () => {
    const { store } = replica()
    const client = await plain()
    await store.save(7, milk)
    const afterSave = await client.ttl(key)
    await client.expire(key, 100)

    await store.load(7)

    expect(afterSave).toBeGreaterThan(86_390)
    expect(await client.ttl(key)).toBeGreaterThan(86_390)
  })

  test('replicas share dialogues', async () => {
    const [one, two] = [replica(), replica()]
    await one.store.save(7, milk)

    const loaded = await two.store.load(7)

    expect(loaded).toEqual(milk)
  })

  test('a dialogue cleared by one replica is deleted for another that knew it', async () => {
    const [one, two] = [replica(), replica()]
    await one.store.save(7, milk)
    await two.store.clear(7)

    const loaded = await one.store.load(7)

    expect(loaded).toEqual([])
  })

  test.each([
    ['no JSON', '{"at":1,"mess'],
    ['JSON of another kind', '[]'],
    ['messages of an unknown kind', '{"at":1,"messages":[{"role":"robot","content":"x"}]}'],
    ['messages without content', '{"at":1,"messages":[{"role":"user"}]}'],
  ])('what cannot be read is an empty dialogue: %s', async (_, text) => {
    const { store } = replica()
    const client = await plain()
    await client.set(key, text)

    const loaded = await store.load(7)

    expect(loaded).toEqual([])
  })

  test('a key of the wrong type does not disturb, and its content is not logged', async () => {
    const { store, warnings } = replica()
    const client = await plain()
    await client.hSet(key, 'молоко', 'для Анны')

    const loaded = await store.load(7)

    expect(loaded).toEqual([])
    expect(warnings).toMatchObject([{ event: 'dialogue_degraded', fields: { operation: 'load' } }])
    expect(String(warnings[0]?.fields.err)).toContain('WRONGTYPE')
  })

  test('killed in the middle of a conversation, the conversation goes on', async () => {
    const { store, warnings, degraded } = replica()
    await store.save(7, milk)
    await server.kill()

    const remembered = await store.load(7)
    await store.save(7, tea)
    const next = await store.load(7)

    expect([remembered, next]).toEqual([milk, tea])
    expect(warnings.map(({ event, fields }) => [event, fields.operation])).toEqual([['dialogue_degraded', 'load']])
    expect(await degraded('load')).toBe(2)
    expect(await degraded('save')).toBe(1)
    expect(JSON.stringify(warnings.map(({ fields }) => String(fields.err)))).not.toContain('Анны')
  })

  test('killed after a load, what another replica had saved is remembered', async () => {
    const [one, two] = [replica(), replica()]
    await one.store.save(7, milk)
    await two.store.load(7)
    await server.kill()

    const loaded = await two.store.load(7)

    expect(loaded).toEqual(milk)
  })

  test('never reached, a user who is not remembered has an empty dialogue', async () => {
    await server.kill()
    const { store } = replica()

    const loaded = await store.load(7)
    await store.save(7, milk)

    expect(loaded).toEqual([])
    expect(await store.load(7)).toEqual(milk)
  })

  test('back with its old data, it gets what was saved and what was cleared during the outage', async () => {
    const keeping = await startRedisServer({ keepData: true })
    cleanups.push(() => keeping.dispose())
    const { store } = replica({ url: keeping.url })
    await store.save(7, milk)
    await store.save(8, milk)
    await keeping.kill()
    await store.save(7, tea)
    await store.clear(8)

    await keeping.start()

    const fresh = replica({ url: keeping.url })
    const both = () => Promise.all([fresh.store.load(7), fresh.store.load(8)])
    await expect.poll(both).toEqual([tea, []])
  })

  test('what was cleared while it was down does not come back with it', async () => {
    const { store } = replica({ timeoutMs: 1000 })
    await store.save(7, milk)
    server.freeze()
    await store.clear(7)

    const duringOutage = await store.load(7)
    server.thaw()

    expect(duringOutage).toEqual([])
    await expect.poll(() => replica().store.load(7)).toEqual([])
  })

  test('hanging with the connection open, it is waited for no longer than the limit', async () => {
    const { store, warnings } = replica({ timeoutMs: 1000 })
    await store.save(7, milk)
    server.freeze()

    const loaded = await store.load(7)
    server.thaw()

    expect(loaded).toEqual(milk)
    expect(warnings).toMatchObject([
      { fields: { operation: 'load', err: { name: 'TimeoutError', upstream: 'redis' } } },
    ])
  })

  test.each([
    ['the shared one when it is newer', milk, bread, bread],
    ['the own one when it is newer', bread, undefined, bread],
  ])('of an own dialogue that Redis did not confirm and a shared one counts %s', async (_, own, shared, expected) => {
    const [one, two] = [replica({ timeoutMs: 1000 }), replica()]
    const client = await plain()
    await one.store.save(7, tea)
    await two.store.load(7)
    server.freeze()
    await one.store.save(7, own)
    server.thaw()
    await expect.poll(async () => JSON.parse((await client.get(key)) ?? '')).toMatchObject({ messages: own })
    if (shared === undefined) await client.set(key, JSON.stringify({ at: 1, messages: tea }))
    else await two.store.save(7, shared)

    const loaded = await one.store.load(7)

    expect(loaded).toEqual(expected)
  })
})
