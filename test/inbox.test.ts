import { randomUUID } from 'node:crypto'
import type { Update } from 'grammy/types'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Db } from '../src/db/db.ts'
import { UpstreamError } from '../src/errors.ts'
import { sleep } from '../src/process/sleep.ts'
import { createInbox } from '../src/telegram/updates/inbox.ts'
import { createInboxCipher } from '../src/telegram/updates/inbox-cipher.ts'
import { createInboxMetrics } from '../src/telegram/updates/inbox-metrics.ts'
import { createInboxStore, type HandedUpdate, type InboxStore } from '../src/telegram/updates/inbox-store.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'

// Processes that share one inbox in a real PostgreSQL. A process dies by never hearing of anything again.

const message = (updateId: number, userId: number): Update => ({
  update_id: updateId,
  message: {
    message_id: updateId,
    date: 0,
    text: `слово ${updateId}`,
    chat: { id: userId, type: 'private', first_name: 'A' },
    from: { id: userId, is_bot: false, first_name: 'A' },
  },
})
const press = (updateId: number, userId: number, data = 'x'): Update => ({
  update_id: updateId,
  callback_query: {
    id: String(updateId),
    data,
    chat_instance: '1',
    from: { id: userId, is_bot: false, first_name: 'A' },
  },
})

const command = (updateId: number, userId: number): Update => {
  const { message: content, ...update } = message(updateId, userId)
  return { ...update, ...(content && { message: { ...content, text: '/help' } }) }
}

interface Begun {
  by: string
  updateId: number
  text: string | undefined
  shownMessage: number | null
  waitedMs: number
  end(outcome?: 'dealt_with' | 'left'): void
}

/** Processes on one database; `begun` is what they began to work on, in that order. */
async function setup() {
  const database = await createTestDatabase()
  const begun: Begun[] = []
  /** Updates that a process left to another one. */
  const signs: string[] = []

  /** A process whose work ends when the test says so, or immediately. */
  function start(
    by: string,
    {
      works = false,
      secret = 'secret',
      inOrder = false,
      wrap = (store: InboxStore) => store,
      elapsedMs = () => performance.now(),
      mostInFlight = 1_000,
      refusesNew = (): boolean => false,
      waits = (_userId: number): boolean => false,
      isUrgent = (_update: Update): boolean => false,
    } = {},
  ) {
    const dead = new AbortController()
    const worker = randomUUID()
    const running = new Set<Promise<void>>()
    const db: Db = {
      ...database.db,
      query: (...statement) => {
        const answer = database.db.query(...statement)
        const ended: Promise<void> = answer
          .then(
            () => undefined,
            () => undefined,
          )
          .then(() => void running.delete(ended))
        running.add(ended)
        return answer as Promise<never>
      },
    }
    const store = wrap(createInboxStore({ db, worker, inOrder }))
    const mortal = new Proxy(store, {
      get: (target, name: keyof InboxStore) =>
        dead.signal.aborted ? () => new Promise<never>(() => undefined) : target[name],
    })
    const register = createRegistry({ serviceName: 'test', env: 'test' })
    const inbox = createInbox({
      store: mortal,
      cipher: createInboxCipher(secret),
      handle: (update, { shownMessage, waitedMs }) => {
        const what = { by, updateId: update.update_id, text: update.message?.text, shownMessage, waitedMs }
        if (works) {
          begun.push({ ...what, end: () => undefined })
          return Promise.resolve('dealt_with')
        }
        return new Promise(resolve => begun.push({ ...what, end: (outcome = 'dealt_with') => resolve(outcome) }))
      },
      mostInFlight,
      refusesNew,
      waits,
      isUrgent,
      onWaiting: ({ update_id }) => void signs.push(`${by}${update_id}`),
      metrics: createInboxMetrics(register),
      log: silentLog,
      elapsedMs,
      sleep: (ms, signal) => sleep(ms > 60_000 ? ms : Math.min(ms, 20), signal),
    })
    onTestFinished(async () => {
      if (!dead.signal.aborted) await inbox.leave()
    })
    return {
      ...inbox,
      start: () => inbox.start(),
      /** Dies; its lease is over immediately. */
      kill: async () => {
        dead.abort()
        await Promise.all(running) // one of them could renew the lease
        await database.sql('update inbox_workers set alive_until = now() where worker = $1', [worker])
      },
      register,
    }
  }
  const waiting = async () => (await database.sql('select from inbox')).length
  const byWhom = () => begun.map(({ by, updateId }) => `${by}${updateId}`)
  return { ...database, begun, signs, start, waiting, byWhom }
}

const count = async ({ sql }: Pick<TestDatabase, 'sql'>, where: string) =>
  (await sql(`select from inbox where ${where}`)).length

describe('one process', () => {
  test('an update is stored sealed before it is confirmed, worked on immediately, and deleted when dealt with', async () => {
    const { start, begun, waiting, sql } = await setup()
    const bot = start('a')
    await bot.start()

    expect(await bot.accept(message(1, 7))).toBe('dealt_with')

    expect(begun.map(({ text }) => text)).toEqual(['слово 1'])
    const [row] = await sql<{ body: Buffer }>('select body from inbox')
    expect(row?.body.toString('utf8')).not.toContain('слово')
    begun[0]?.end()
    await expect.poll(waiting).toBe(0)
  })

  test('an update delivered twice is worked on once', async () => {
    const { start, byWhom } = await setup()
    const bot = start('a')
    await bot.start()

    await Promise.all([bot.accept(message(1, 7)), bot.accept(message(1, 7)), bot.accept(press(2, 7))])

    expect(byWhom().sort()).toEqual(['a1', 'a2'])
  })

  test('without PostgreSQL the update is dealt with before it is confirmed', async () => {
    const { start, begun } = await setup()
    const down = () => Promise.reject(new UpstreamError('postgres', null, 'not reachable', true))
    const bot = start('a', { wrap: store => ({ ...store, put: down, take: down, done: down }) })
    await bot.start()
    let confirmed = false

    const accepted = bot.accept(message(1, 7)).then(outcome => {
      confirmed = true
      return outcome
    })

    await expect.poll(() => begun.length).toBe(1)
    expect(confirmed).toBe(false)
    begun[0]?.end()
    expect(await accepted).toBe('dealt_with')
  })

  test('an update that PostgreSQL refuses fails none of those that are stored with it', async () => {
    const { start, begun, sql } = await setup()
    await sql(`create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`)
    await sql(
      `create trigger refuse before insert on inbox for each row when (new.update_id = 3) execute function refuse()`,
    )
    let time = 0
    // so slow that nothing is repeated as a whole
    const bot = start('a', { elapsedMs: () => (time += 10_000) })
    await bot.start()

    const accepted = [1, 2, 3, 4].map(id => bot.accept(message(id, 70 + id)))
    await expect.poll(() => begun.map(({ updateId }) => updateId).sort()).toEqual([1, 2, 3, 4])

    expect(await sql('select update_id from inbox order by update_id')).toEqual(
      ['1', '2', '4'].map(update_id => ({ update_id })),
    )
    for (const { end } of begun) end()
    expect(await Promise.all(accepted)).toEqual(Array.from({ length: 4 }, () => 'dealt_with'))
  })

  /** Refuses to store that update, whatever is tried. */
  const refusing = (updateId: number) => (store: InboxStore) => ({
    ...store,
    put: (...what: Parameters<InboxStore['put']>) =>
      what[0].updateId === updateId
        ? Promise.reject(new UpstreamError('postgres', null, 'refused', true))
        : store.put(...what),
  })

  test('what follows an update that could not be stored is worked on after it, though another process has its user', async () => {
    const { start, begun, byWhom, sql } = await setup()
    const a = start('a', { wrap: refusing(2) })
    await a.start()
    // whose lease no slow machine lets expire
    const other = randomUUID()
    await sql("insert into inbox_workers (worker, alive_until) values ($1, now() + interval '1 h')", [other])
    await sql("insert into inbox (user_id, update_id, body, worker, handed) values (7, 1, '', $1, true)", [other])

    const accepted = [2, 3].map(id => a.accept(message(id, 7)))
    await expect.poll(byWhom).toEqual(['a2', 'a3'])
    for (const { end } of begun) end()
    expect(await Promise.all(accepted)).toEqual(['dealt_with', 'dealt_with'])
    await a.accept(message(4, 7))

    expect(await sql('select worker from inbox where update_id = 4')).toEqual([{ worker: other }])
    expect(byWhom()).toEqual(['a2', 'a3'])
  })

  test('an update that could not be stored waits for one of its user that waits for an earlier one', async () => {
    const { start, byWhom, sql } = await setup()
    const bot = start('a', { wrap: refusing(13), elapsedMs: () => 0 })
    await bot.start()
    await sql("insert into inbox_seen values (10, now() - interval '1 h'), (12, now() + interval '1 h')")
    await bot.accept(press(12, 7))

    void bot.accept(message(13, 7))
    await sql("update inbox_seen set seen_at = now() - interval '3 s'")

    await expect.poll(byWhom).toEqual(['a12', 'a13'])
  })

  test('a stored update whose answer was lost is worked on once, and deleted', async () => {
    const { start, byWhom, begun, waiting } = await setup()
    let isLost = true
    const bot = start('a', {
      wrap: store => ({
        ...store,
        put: async (...update) => {
          const handed = await store.put(...update)
          if (isLost) throw new UpstreamError('postgres', null, 'connection ended', true)
          return handed
        },
      }),
    })
    await bot.start()

    const accepted = bot.accept(message(1, 7))
    await expect.poll(() => begun.length).toBe(1)
    isLost = false
    begun[0]?.end()

    expect(await accepted).toBe('dealt_with')
    await expect.poll(waiting).toBe(0)
    expect(byWhom()).toEqual(['a1'])
  })

  test('what was handed out in an answer that was lost is asked for again', async () => {
    const { start, byWhom, waiting } = await setup()
    const first = start('a')
    await first.start()
    await first.accept(message(1, 7))
    await first.kill()
    let isLost = true
    const next = start('b', {
      works: true,
      wrap: store => ({
        ...store,
        take: async (...what) => {
          const handed = await store.take(...what)
          if (!isLost) return handed
          isLost = false
          throw new UpstreamError('postgres', null, 'connection ended', true)
        },
      }),
    })

    await next.start()

    await expect.poll(waiting).toBe(0)
    expect(byWhom()).toEqual(['a1', 'b1'])
  })

  test('updates of one user that come together are worked on in the order in which they came', async () => {
    const { start, byWhom } = await setup()
    let slow = true
    const bot = start('a', {
      works: true,
      wrap: store => ({
        ...store,
        put: async (...update) => {
          const isFirst = slow
          slow = false
          const handed = await store.put(...update)
          if (isFirst) await sleep(30)
          return handed
        },
      }),
    })
    await bot.start()

    await Promise.all([1, 2, 3].map(id => bot.accept(message(id, 7))))

    await expect.poll(byWhom).toEqual(['a1', 'a2', 'a3'])
  })

  test('a process whose lease is over stores what it receives, and takes on no user', async () => {
    const { start, sql, byWhom } = await setup()
    let isCutOff = false
    const bot = start('a', {
      works: true,
      wrap: store => ({
        ...store,
        take: async (...what) => {
          if (isCutOff) throw new UpstreamError('postgres', null, 'no connection', true)
          return store.take(...what)
        },
      }),
    })
    await bot.start()
    isCutOff = true
    await sql(`update inbox_workers set alive_until = now() - interval '1 minute'`)
    const next = start('b', { works: true })
    await next.start()

    await bot.accept(message(1, 7))

    await expect.poll(byWhom).toEqual(['b1'])
  })

  test('what it leaves undone stays, and the next process has it', async () => {
    const { start, begun, byWhom } = await setup()
    const [old, young] = [start('a'), start('b')]
    await old.start()
    await old.accept(message(1, 7))

    await old.finish(0)
    begun[0]?.end('left')
    await old.leave()
    await young.start()

    expect(byWhom()).toEqual(['a1', 'b1'])
  })
})

describe('a statement that was given up, because its process has asked again since', () => {
  const body = Buffer.from('x')
  const names = (handed: readonly HandedUpdate[]) =>
    handed.map(({ updateId, waitedMs }) => `${updateId} ${waitedMs === null ? 'later' : 'now'}`).sort()

  async function setupStores() {
    const database = await createTestDatabase()
    const worker = randomUUID()
    const { db } = database
    const store = createInboxStore({ db, worker, inOrder: false })
    const other = createInboxStore({ db, worker: randomUUID(), inOrder: false })
    await store.take(60_000, 0, 0)
    return { ...database, worker, store, other }
  }

  test('stores its update and hands out nothing', async () => {
    const { store, other } = await setupStores()
    await store.put({ userId: 7, updateId: 1, body }, true, 0)
    expect(names(await store.take(60_000, 0, 1))).toEqual(['1 now'])
    await other.put({ userId: 7, updateId: 2, body }, true, 0)

    const late = await store.put({ userId: 7, updateId: 3, body }, true, 0)

    expect(names(late)).toEqual(['3 later'])
    expect(names(await store.take(60_000, 0, 1))).toEqual(['2 now', '3 now'])
  })

  test('renews no lease and takes on no user', async () => {
    const { store, sql } = await setupStores()
    await sql("insert into inbox (user_id, update_id, body) values (7, 1, '')")
    await store.take(60_000, 0, 1)

    expect(await store.take(3_600_000, 10, 0)).toEqual([])

    expect(await sql("select from inbox_workers where alive_until < now() + interval '2 min'")).toHaveLength(1)
    expect(await sql('select from inbox where worker is null')).toHaveLength(1)
  })

  test('is waited for when it is carried out while its process asks again', async () => {
    const { store, other, worker, sql, url } = await setupStores()
    await store.put({ userId: 7, updateId: 1, body }, true, 0)
    await other.put({ userId: 7, updateId: 2, body }, true, 0)
    const slow = new pg.Client({ connectionString: url })
    await slow.connect()
    await slow.query('begin')
    await slow.query("select from inbox_exchange($1, '{}', '{}', '{7}', '{3}', '{x}', '{true}', 0, false)", [worker])

    const again = store.take(60_000, 0, 1)
    const isWaiting = `select from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`
    await expect.poll(async () => (await sql(isWaiting)).length).toBe(1)
    await slow.query('commit')
    await slow.end()

    expect(names(await again)).toEqual(['1 now', '2 now', '3 now'])
  })
})

describe('the updates before which nothing can come any more', () => {
  test.each([
    ['none were seen', [], 2n ** 63n - 1n],
    ['all in a row', [-9, -3, 0, 0], 5n],
    ['one is missing', [-9, -3, 0, null, 0], 4n],
    ['one is missing, for longer than an update waits', [-9, null, -3, 0], 5n],
    ['the first seconds of a database', [0, 0, null, 0], 3n],
  ])('%s', async (_what, secondsAgo, below) => {
    const { sql } = await createTestDatabase()
    for (const [i, seconds] of secondsAgo.entries()) {
      if (seconds === null) continue
      // 0 stays new for as long as the test takes
      const at = seconds === 0 ? '1 h' : `${seconds} s`
      await sql('insert into inbox_seen values ($1, now() + $2::interval)', [i + 1, at])
    }

    const [found] = await sql<{ below: string }>('select inbox_settled()::text as below')

    expect(found?.below).toBe(String(below))
  })
})

describe('a process that is full', () => {
  test('knows who waits; what shows them their place is handed to the process that takes them', async () => {
    const { start, begun, db } = await setup()
    const worker = randomUUID()
    const store = createInboxStore({ db, worker, inOrder: true })
    await store.take(3_600_000, 0, 0)
    const bot = start('a', { mostInFlight: 1 })
    await bot.start()
    for (const id of [1, 2, 3]) await bot.accept(message(id, id))

    expect(await store.showWaiting([])).toMatchObject([
      { userId: 2, updateId: 2, ahead: 0, isShownHere: true, body: expect.any(Buffer) },
      { userId: 3, updateId: 3, ahead: 1, isShownHere: true, body: expect.any(Buffer) },
    ])
    expect(await store.show({ userId: 2, updateId: 2 }, 41)).toBe(true)
    expect(await store.show({ userId: 1, updateId: 1 }, 42)).toBe(false)
    expect(await bot.show({ userId: 1, updateId: 1 }, 43)).toBe(true)
    begun[0]?.end()
    await expect.poll(() => begun.length).toBe(2)

    expect(begun[1]).toMatchObject({ updateId: 2, shownMessage: 41 })
    expect(await store.showWaiting([2, 3])).toMatchObject([{ userId: 3, ahead: 0, isShownHere: true, body: null }])
  })

  test('one process shows a user that they wait, and another one when it has ended', async () => {
    const { start, db } = await setup()
    const stores = [1, 2].map(() => createInboxStore({ db, worker: randomUUID(), inOrder: true }))
    for (const store of stores) await store.take(3_600_000, 0, 0)
    const bot = start('a', { mostInFlight: 1 })
    await bot.start()
    for (const id of [1, 2]) await bot.accept(message(id, id))
    await bot.accept(message(3, 2))

    const [first, second] = await Promise.all(stores.map(store => store.showWaiting([])))
    const shows = [first, second].map(waits => waits?.map(({ updateId, isShownHere }) => ({ updateId, isShownHere })))
    const [showing, other] = first?.[0]?.isShownHere === true ? stores : stores.toReversed()
    const notHeard = await showing?.showWaiting([])
    await showing?.show({ userId: 2, updateId: 2 }, 41)
    await showing?.leave()
    const takenOver = await other?.showWaiting([])

    expect(shows).toEqual(
      expect.arrayContaining([[{ updateId: 2, isShownHere: true }], [{ updateId: 2, isShownHere: false }]]),
    )
    expect(notHeard).toMatchObject([{ isShownHere: true, body: expect.any(Buffer) }])
    expect(takenOver).toMatchObject([
      { userId: 2, updateId: 2, isShownHere: true, body: expect.any(Buffer), shownMessage: 41 },
    ])
  })

  test('whom one has taken and given back again is shown by whichever asks', async () => {
    const { db } = await setup()
    const [shows, takes] = [1, 2].map(() => createInboxStore({ db, worker: randomUUID(), inOrder: true }))
    await shows?.take(3_600_000, 0, 0)
    await shows?.put({ userId: 2, updateId: 1, body: Buffer.from('sealed') }, false, 0)
    await shows?.showWaiting([])
    await takes?.take(3_600_000, 1, 0)
    const whileTaken = await shows?.showWaiting([2])
    await takes?.release([2])

    expect(whileTaken).toEqual([])
    expect(await takes?.showWaiting([])).toMatchObject([{ userId: 2, isShownHere: true, body: expect.any(Buffer) }])
  })

  test('a stop of a user who waits is taken however full it is, what else they send waits behind', async () => {
    const { start, byWhom } = await setup()
    const waits = new Set<number>()
    const bot = start('a', {
      mostInFlight: 2,
      waits: userId => waits.has(userId),
      isUrgent: ({ callback_query: query }) => query?.data === 'stop_3',
    })
    await bot.start()
    for (const id of [1, 2, 3]) await bot.accept(message(id, id))
    waits.add(3)
    await bot.accept(command(4, 3))
    await bot.accept(press(5, 3))
    const before = byWhom()

    await bot.accept(press(6, 3, 'stop_3'))

    expect(before).toEqual(['a1', 'a2'])
    expect(byWhom()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6'])
  })

  test('what waits here behind an answer of the same user takes no room from the commands and buttons of others', async () => {
    const { start, byWhom } = await setup()
    const bot = start('a', { mostInFlight: 4 })
    await bot.start()
    for (const id of [1, 2, 3, 4]) await bot.accept(message(id, id))
    for (const id of [5, 6, 7, 8]) await bot.accept(message(id, 1))

    await bot.accept(press(9, 9))

    expect(byWhom().at(-1)).toBe('a9')
  })

  test('takes whom it would refuse, up to a quarter more', async () => {
    const { start, byWhom } = await setup()
    let isTooLong = false
    const bot = start('a', { mostInFlight: 4, refusesNew: () => isTooLong })
    await bot.start()
    for (const id of [1, 2, 3, 4, 5]) await bot.accept(message(id, id))

    isTooLong = true
    await bot.accept(message(6, 6))
    await bot.accept(message(7, 7))

    expect(byWhom()).toEqual(['a1', 'a2', 'a3', 'a4', 'a6'])
  })

  test('leaves users in the inbox, and takes them in the order in which they came, before those who come later', async () => {
    const { start, begun, byWhom, signs, waiting } = await setup()
    const bot = start('a', { mostInFlight: 2 })
    await bot.start()

    for (const [id, userId] of [1, 2, 3, 4].entries())
      expect(await bot.accept(message(id + 1, userId))).toBe('dealt_with')
    const whenFull = byWhom()
    begun[0]?.end()
    await bot.accept(message(5, 5))
    await expect.poll(byWhom).toEqual(['a1', 'a2', 'a3'])
    begun[1]?.end()
    await expect.poll(byWhom).toEqual(['a1', 'a2', 'a3', 'a4'])
    for (const { end } of begun.slice(2)) end()
    await expect.poll(byWhom).toEqual(['a1', 'a2', 'a3', 'a4', 'a5'])

    expect(whenFull).toEqual(['a1', 'a2'])
    expect(signs).toEqual(['a3', 'a4', 'a5'])
    begun[4]?.end()
    await expect.poll(waiting).toBe(0)
  })

  test('leaves them to others that have room', async () => {
    const { start, byWhom } = await setup()
    const [full, other] = [start('a', { mostInFlight: 1 }), start('b')]
    await full.start()
    await other.start()

    for (const id of [1, 2, 3]) await full.accept(message(id, id))

    await expect.poll(byWhom).toEqual(['a1', 'b2', 'b3'])
  })

  test('takes what follows of its users, and what takes no answer of others', async () => {
    const { start, byWhom } = await setup()
    const bot = start('a', { mostInFlight: 4 })
    await bot.start()
    for (const id of [1, 2, 3, 4]) await bot.accept(message(id, id))

    await bot.accept(command(5, 5))
    await bot.accept(press(6, 6))
    await bot.accept(press(7, 1))

    expect(byWhom()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a7'])
  })

  test('takes after its start no more than it holds', async () => {
    const { start, begun, byWhom } = await setup()
    const first = start('a')
    await first.start()
    for (const id of [1, 2, 3, 4, 5]) await first.accept(message(id, id))
    await first.kill()
    const next = start('b', { mostInFlight: 2 })

    await next.start()
    const atFirst = byWhom().slice(5)
    await next.accept(message(6, 6))
    for (let at = 5; at < 11; at += 1) {
      await expect.poll(() => begun.length).toBeGreaterThan(at)
      begun[at]?.end()
    }

    expect(atFirst).toEqual(['b1', 'b2'])
    expect(byWhom().slice(5)).toEqual(['b1', 'b2', 'b3', 'b4', 'b5', 'b6'])
  })
})

describe('several processes', () => {
  test('one that finishes renews its lease until nothing is in flight, and takes no further user', async () => {
    const { start, begun, byWhom, sql } = await setup()
    const old = start('a')
    await old.start()
    await old.accept(message(1, 7))

    const finishing = old.finish(600_000)
    await sql("update inbox_workers set alive_until = clock_timestamp() + interval '1 second'")
    await expect
      .poll(() => sql("select from inbox_workers where alive_until > clock_timestamp() + interval '5 seconds'"))
      .toHaveLength(1)
    await old.accept(message(2, 8))
    begun[0]?.end('left')
    await finishing

    expect(byWhom()).toEqual(['a1'])
    await old.leave()
    const young = start('b', { works: true })
    await young.start()
    expect(byWhom().sort()).toEqual(['a1', 'b1', 'b2'])
  })

  test('one that finishes gives back immediately whom it has not begun with, and goes on with the others', async () => {
    const { start, begun, byWhom, sql } = await setup()
    const [old, young] = [start('a'), start('b')]
    await old.start()
    await old.accept(message(1, 7))
    for (const id of [2, 3]) await old.accept(message(id, 8))
    await old.accept(message(4, 9))
    await young.start()
    await sql("update inbox set received_at = received_at - interval '1 minute' where user_id = 9")

    const finishing = old.finish(600_000)
    const byYoung = () => {
      // also what was handed to the old one by a statement that was in flight when it began to end
      for (const { by, updateId, end } of begun) if (by === 'a' && updateId > 1) end('left')
      return byWhom().filter(who => who.startsWith('b'))
    }

    await expect.poll(() => byYoung().sort()).toEqual(['b2', 'b3', 'b4'])
    expect(byWhom().filter(update => ['b2', 'b3'].includes(update))).toEqual(['b2', 'b3'])
    // it keeps its place among all that wait
    expect(begun.find(({ by, updateId }) => by === 'b' && updateId === 4)?.waitedMs).toBeGreaterThanOrEqual(60_000)
    // of one that died attempts would be counted
    expect(await sql('select update_id, attempts from inbox order by update_id')).toEqual(
      [1, 2, 3, 4].map(id => ({ update_id: String(id), attempts: 1 })),
    )
    begun[0]?.end()
    await finishing
    await old.leave()
    expect(await sql('select from inbox where update_id = 1')).toEqual([])
  })

  test('one that finishes gives a user back when what it had begun has ended', async () => {
    const { start, begun, byWhom } = await setup()
    const [old, young] = [start('a'), start('b', { works: true })]
    await old.start()
    await young.start()
    for (const id of [1, 2]) await old.accept(message(id, 7))

    void old.finish(600_000)
    begun[1]?.end('left')
    await old.accept(message(3, 8)) // of a user whom it does not take on
    await expect.poll(byWhom).toEqual(['a1', 'a2', 'b3'])
    begun[0]?.end()

    await expect.poll(byWhom).toEqual(['a1', 'a2', 'b3', 'b2'])
  })

  test('who takes an update over knows the message that shows the user that it is worked on', async () => {
    const { start, begun } = await setup()
    const [old, young] = [start('a'), start('b')]
    await old.start()
    await old.accept(message(1, 7))

    expect(await old.show({ userId: 7, updateId: 1 }, 41)).toBe(true)
    expect(await old.show({ userId: 7, updateId: 2 }, 42)).toBe(false)
    await old.kill()
    await young.start()

    expect(begun.map(({ by, shownMessage }) => [by, shownMessage])).toEqual([
      ['a', null],
      ['b', 41],
    ])
  })

  test('one that finishes leaves to the others what comes after an answer that was lost', async () => {
    const { start, begun, byWhom } = await setup()
    const old = start('a', {
      wrap: store => ({
        ...store,
        put: async (update, takes, fence) => {
          const handed = await store.put(update, takes, fence)
          if (update.updateId === 2) throw new UpstreamError('postgres', null, 'no answer', true)
          return handed
        },
      }),
    })
    await old.start()
    await old.accept(message(1, 7))
    const finishing = old.finish(600_000)

    expect(await old.accept(message(2, 7))).toBe('left')
    await old.accept(message(3, 7))
    begun[0]?.end()
    await finishing
    await old.leave()
    await start('b', { works: true }).start()

    await expect.poll(byWhom).toEqual(['a1', 'b2', 'b3'])
  })

  test('the one that works for a user gets what the others receive, presses too, in the order of what happened', async () => {
    const { start, begun, byWhom, waiting } = await setup()
    const [a, b, c] = [start('a'), start('b'), start('c')]
    for (const bot of [a, b, c]) await bot.start()

    await a.accept(message(1, 7))
    await Promise.all([b.accept(message(2, 7)), c.accept(press(3, 7)), b.accept(message(4, 8))])

    await expect.poll(() => byWhom().length).toBe(4)
    expect(byWhom().filter(update => update !== 'b4')).toEqual(['a1', 'a2', 'a3'])
    for (const { end } of begun) end()
    await expect.poll(waiting).toBe(0)
    await c.accept(message(5, 7))
    expect(byWhom().at(-1)).toBe('c5') // no process works for the user any more
  })

  test('what another process stored for a user is worked on before what follows', async () => {
    const { start, byWhom } = await setup()
    const [a, b] = [start('a'), start('b')]
    for (const bot of [a, b]) await bot.start()

    await a.accept(message(1, 7))
    for (let id = 2; id <= 6; id += 2) {
      await b.accept(press(id, 7))
      await a.accept(message(id + 1, 7))
    }

    await expect.poll(() => byWhom().length).toBe(7)
    expect(byWhom()).toEqual(Array.from({ length: 7 }, (_, i) => `a${i + 1}`))
  })

  test('a press that comes before an earlier message waits for it, also when another process receives it', async () => {
    const { start, byWhom, sql } = await setup()
    const [a, b] = [start('a'), start('b')]
    for (const bot of [a, b]) await bot.start()
    // to the database 10 came long ago, 12 has just come, for as long as the test takes
    await sql("insert into inbox_seen values (10, now() - interval '1 h'), (12, now() + interval '1 h')")

    await b.accept(press(12, 7))
    const before = byWhom()
    await a.accept(message(11, 7))

    expect(before).toEqual([])
    await expect.poll(byWhom).toEqual(['b11', 'b12'])
  })

  test('by long polling, which hands updates out in order, none waits for an earlier one', async () => {
    const { start, byWhom, sql } = await setup()
    const bot = start('a', { inOrder: true })
    await bot.start()
    await sql("insert into inbox_seen values (10, now() - interval '1 h'), (12, now() + interval '1 h')")

    await bot.accept(press(14, 7))

    expect(byWhom()).toEqual(['a14'])
  })

  test('a press waits no longer for an update that does not come', async () => {
    const { start, byWhom, sql } = await setup()
    const bot = start('a')
    await bot.start()
    await sql("insert into inbox_seen values (10, now() - interval '1 h'), (12, now() + interval '1 h')")
    await bot.accept(press(12, 7))
    const before = byWhom()

    await sql("update inbox_seen set seen_at = now() - interval '3 s'")

    expect(before).toEqual([])
    await expect.poll(byWhom).toEqual(['a12'])
  })

  test('two processes that receive updates of one user at the same time: one of them has both', async () => {
    const { start, byWhom } = await setup()
    const [a, b] = [start('a'), start('b')]
    for (const bot of [a, b]) await bot.start()

    const users = Array.from({ length: 40 }, (_, i) => 100 + i)
    await Promise.all(users.flatMap(user => [a.accept(message(user * 2, user)), b.accept(press(user * 2 + 1, user))]))

    await expect.poll(() => byWhom().length).toBe(80)
    for (const user of users) {
      const holders = byWhom().filter(begun => [user * 2, user * 2 + 1].includes(Number(begun.slice(1))))
      expect(new Set(holders.map(begun => begun[0])).size).toBe(1)
    }
  })

  test('when one dies the others go on with its users, each once and in order', async () => {
    const { start, begun, byWhom } = await setup()
    const [a, b, c] = [start('a'), start('b', { works: true }), start('c', { works: true })]
    for (const bot of [a, b, c]) await bot.start()
    for (const update of [1, 2, 3]) await a.accept(message(update, 7))
    for (const update of [4, 5]) await a.accept(message(update, 8))
    expect(byWhom()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5'])

    begun[0]?.end()
    await a.kill()

    await expect.poll(() => begun.length).toBeGreaterThanOrEqual(9)
    const after = byWhom().slice(5)
    const of = (...updates: number[]) => after.map(begun => Number(begun.slice(1))).filter(id => updates.includes(id))
    expect(of(2, 3)).toEqual([2, 3])
    expect(of(4, 5)).toEqual([4, 5])
  })

  test('of a thousand updates of fifty users with a death in between none is lost and none overtakes another', async () => {
    const { start, byWhom, waiting } = await setup()
    const bots = ['a', 'b', 'c'].map(name => start(name, { works: true }))
    for (const bot of bots) await bot.start()
    for (let round = 0; round < 20; round += 1) {
      // Telegram gives the next update of a user when the one before was taken
      const updates = Array.from({ length: 50 }, (_, user) => message(round * 50 + user, 1 + user))
      await Promise.all(updates.map((update, i) => bots[(i + round) % bots.length]?.accept(update)))
      if (round === 10) await bots.shift()?.kill()
    }

    await expect.poll(waiting).toBe(0)
    // what the dead one had not deleted yet is worked on again
    const first = [...new Set(byWhom().map(begun => Number(begun.slice(1))))]
    expect(first).toHaveLength(1000)
    for (let user = 0; user < 50; user += 1) {
      const mine = first.filter(id => id % 50 === user)
      expect(mine).toEqual([...mine].sort((a, b) => a - b))
    }
  })

  test('an update that ten processes did not survive is quarantined, and the user is served', async () => {
    const database = await setup()
    const { start, sql, byWhom } = database
    const first = start('a')
    await first.start()
    await first.accept(message(1, 7))
    await sql('update inbox set attempts = 10')
    await first.kill()
    const next = start('b', { works: true })
    await next.start()

    await next.accept(message(2, 7))

    expect(byWhom()).toEqual(['a1', 'b2'])
    await expect.poll(() => count(database, 'attempts >= 10')).toBe(1)
    await expect
      .poll(
        async () => (await next.register.metrics()).match(/bot_inbox_waiting\{.*state="quarantined".*\} (\d+)/)?.[1],
      )
      .toBe('1')
  })

  test('an update that no key opens stays', async () => {
    const { start, waiting, begun } = await setup()
    const first = start('a')
    await first.start()
    await first.accept(message(1, 7))
    await first.kill()
    const next = start('b', { secret: 'changed' })

    await next.start()

    expect([await waiting(), begun.length]).toEqual([1, 1])
  })

  test('what piled up for one user is given eight at a time', async () => {
    const { start, begun, byWhom } = await setup()
    const first = start('a')
    await first.start()
    for (let id = 1; id <= 12; id += 1) await first.accept(message(id, 7))
    await first.kill()
    const next = start('b')

    await next.start()

    expect(byWhom().slice(12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(id => `b${id}`))
    for (const { end } of begun.slice(12)) end()
    await expect.poll(() => byWhom().slice(20)).toEqual(['b9', 'b10', 'b11', 'b12'])
  })
})

test('who receives a message that another process has to answer can give a sign of life', async () => {
  const { start, signs } = await setup()
  const [one, other] = [start('a'), start('b')]
  await one.start()
  await other.start()

  await one.accept(message(1, 7))
  await other.accept(message(2, 7))

  expect(signs).toEqual(['b2'])
})
