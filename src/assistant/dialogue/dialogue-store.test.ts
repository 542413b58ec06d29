import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestRegistry } from '../../../test/support/metrics.ts'
import { type RedisServer, redisNote, redisWanted, startRedisServer } from '../../../test/support/redis-server.ts'
import { silentLog } from '../../telemetry/log.ts'
import type { Message } from '../model/chat-model.ts'
import type { DialogueStore } from './dialogue-store.ts'
import { createMemoryDialogueStore } from './memory-dialogue-store.ts'
import { createRedisDialogueStore } from './redis-dialogue-store.ts'

const dialogue: Message[] = [
  { role: 'user', content: 'молоко 🥛 "и" хлеб\n' },
  {
    role: 'assistant',
    content: null,
    function_call: { name: 'find', arguments: { q: 'молоко', deep: [{ n: 1.5 }, null] } },
    functions_state_id: 'state-1',
  },
  { role: 'function', name: 'find', content: '{"ok":true}' },
  { role: 'assistant', content: 'Вот молоко' },
]
const other: Message[] = [{ role: 'user', content: 'чай' }]

let redis: RedisServer
beforeAll(async () => {
  if (redisWanted) redis = await startRedisServer()
})
afterAll(() => redis?.dispose())

const stores: [string, boolean, () => DialogueStore][] = [
  ['in memory', true, () => createMemoryDialogueStore()],
  [
    `in Redis${redisNote}`,
    redisWanted,
    () =>
      createRedisDialogueStore({ url: redis.url, log: silentLog, register: createTestRegistry(), timeoutMs: 10_000 }),
  ],
]

describe.each(stores)('dialogues %s', (_, wanted, create) => {
  describe.skipIf(!wanted)('as every store keeps them', () => {
    let store: DialogueStore
    let userId = 0
    beforeEach(() => {
      store = create()
      userId += 1
    })
    afterEach(() => store.close())

    test('of a user who never wrote are empty', async () => {
      const loaded = await store.load(userId)

      expect(loaded).toEqual([])
    })

    test('come back as they were saved, every kind of message', async () => {
      await store.save(userId, dialogue)

      const loaded = await store.load(userId)

      expect(loaded).toEqual(dialogue)
    })

    test('are replaced by the next save', async () => {
      await store.save(userId, dialogue)
      await store.save(userId, other)

      const loaded = await store.load(userId)

      expect(loaded).toEqual(other)
    })

    test('of two users are apart', async () => {
      await store.save(userId, dialogue)
      await store.save(userId + 1_000_000, other)

      const loaded = await Promise.all([store.load(userId), store.load(userId + 1_000_000)])

      expect(loaded).toEqual([dialogue, other])
    })

    test('are empty once cleared, and can be begun anew', async () => {
      await store.save(userId, dialogue)
      await store.clear(userId)
      const cleared = await store.load(userId)
      await store.save(userId, other)

      const loaded = await store.load(userId)

      expect(cleared).toEqual([])
      expect(loaded).toEqual(other)
    })

    test('do not change with the messages that were saved or loaded', async () => {
      const messages = [...other]
      await store.save(userId, messages)
      messages.push({ role: 'assistant', content: 'тайком' })
      const loaded = await store.load(userId)
      loaded.push({ role: 'assistant', content: 'тайком' })

      const again = await store.load(userId)

      expect(again).toEqual(other)
    })

    test('have unfinished requests beside them, newest first, each once, a few at most', async () => {
      const entry = (id: string) => ({ kind: 'request' as const, id, at: Date.now(), text: `запрос ${id}` })
      await store.save(userId, dialogue)
      for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'b']) await store.addUnfinished(userId, entry(id))
      await store.dropUnfinished(userId, 'e')
      await store.dropUnfinished(userId, 'unknown')

      const unfinished = await store.unfinished(userId)

      expect(unfinished.map(({ id }) => id)).toEqual(['b', 'f', 'd', 'c'])
      expect(unfinished[0]).toMatchObject({ text: 'запрос b' })
      expect(await store.load(userId)).toEqual(dialogue)
    })

    test('have a cart without a link beside them, as it was', async () => {
      const product = {
        ...{ id: 1, xmlId: 1, name: 'Молоко', unit: 'шт', weightGrams: 900, rating: null, url: null },
        price: { currentMinor: 8900, oldMinor: null, condition: null },
      }
      const entry = {
        ...{ kind: 'cart' as const, id: 'a', at: Date.now(), text: 'молоко', requested: [{ xml_id: 1, q: 2 }] },
        changesPrevious: true,
        products: [{ product, origin: 'recipe' as const, suggestedQ: 2 }],
        budgetRub: 500,
        notFound: ['сыр'],
        toolsCalled: ['vkusvill_products_search'],
      }
      await store.addUnfinished(userId, entry)

      expect(await store.unfinished(userId)).toEqual([entry])
    })

    test('forget an unfinished request after a day', async () => {
      const at = Date.now() - 24 * 60 * 60 * 1000
      await store.addUnfinished(userId, { kind: 'request', id: 'a', at, text: 'молоко' })

      expect(await store.unfinished(userId)).toEqual([])
    })

    test('lose their unfinished requests when they are cleared', async () => {
      await store.addUnfinished(userId, { kind: 'request', id: 'a', at: Date.now(), text: 'молоко' })
      await store.clear(userId)

      expect(await store.unfinished(userId)).toEqual([])
    })

    test('may be cleared without ever having been', async () => {
      await store.clear(userId)

      const loaded = await store.load(userId)

      expect(loaded).toEqual([])
    })
  })
})
