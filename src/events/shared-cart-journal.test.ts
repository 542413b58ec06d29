import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RedisServer, redisNote, redisWanted, startRedisServer } from '../../test/support/redis-server.ts'
import { createRedisScripts } from '../process/redis-scripts.ts'
import { createCartJournal } from './cart-journal.ts'
import type { CartFact } from './facts.ts'
import { createSharedCartJournal } from './shared-cart-journal.ts'

/** The rights that docs/operations.md asks for, as far as these scripts need them. */
const rights = '~vv:* +@connection +eval +get +set +del +pexpire +zadd +zrange +zrem'
const message = '11111111-1111-5111-8111-111111111111'
const together = '22222222-2222-5222-8222-222222222222'
const cart: CartFact = {
  kind: 'cart',
  id: '33333333-3333-5333-8333-333333333333',
  userId: 7,
  at: new Date('2026-02-03T12:00:00Z'),
  requestId: '0123456789AB',
  messageFactId: message,
  alsoAnswers: [together],
  totalSum: 1380,
  scenario: 'search',
  affiliateTag: null,
  revises: false,
  cart: { lines: [], totalMinor: 138_000, link: 'https://vkusvill.ru/?share_basket=1' },
}

describe.skipIf(!redisWanted)(`carts shared through Redis${redisNote}`, () => {
  let server: RedisServer
  const closes: (() => void)[] = []
  beforeAll(async () => {
    server = await startRedisServer({ options: ['--user', 'bot', 'on', '>secret', ...rights.split(' ')] })
  })
  afterEach(async () => {
    for (const close of closes.splice(0)) close()
    const client = createClient({ url: server.url })
    await client.connect()
    await client.flushAll()
    client.destroy()
  })
  afterAll(() => server.dispose())

  /** A process with a disk of its own. */
  function start(url = server.url.replace('//', '//bot:secret@')) {
    const now = () => new Date()
    const redis = createRedisScripts({ url, timeoutMs: 5_000, now, onUnavailable: () => undefined })
    closes.push(redis.close)
    return createSharedCartJournal(createCartJournal(mkdtempSync(join(tmpdir(), 'carts-')), now), redis)
  }

  test('another process finds the cart by each message it answers, as it was', async () => {
    await start().add(cart)
    const other = start()

    expect(await other.find(message)).toEqual(cart)
    expect(await other.find(together)).toEqual(cart)
    expect(await other.find(cart.id)).toBeNull()
  })

  test('who answers the message removes it for all', async () => {
    await start().add(cart)
    const other = start()
    await other.find(message)

    await other.remove(message)

    expect(await start().find(message)).toBeNull()
    expect(await start().find(together)).toBeNull()
  })

  test('erasure reaches carts of other processes, and no other user', async () => {
    const others = { ...cart, userId: 8, messageFactId: cart.id, alsoAnswers: [] }
    const first = start()
    await first.add(cart)
    await first.add(others)

    await start().erase(7)

    expect(await start().find(message)).toBeNull()
    expect(await start().find(cart.id)).toEqual(others)
  })

  test('without Redis a process knows its own', async () => {
    const alone = start('redis://127.0.0.1:1')

    await alone.add(cart)

    expect(await alone.find(message)).toEqual(cart)
    await alone.remove(message)
    expect(await alone.find(message)).toBeNull()
  })
})
