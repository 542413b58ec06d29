import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRandom } from '../../src/analytics/demo/random.ts'
import { streamsScript } from '../../src/assistant/model/shared-queue.ts'
import type { Db } from '../../src/db/db.ts'
import { createEventStore } from '../../src/events/event-store.ts'
import type { CartFact, EventFact, Fact } from '../../src/events/facts.ts'
import { diskFiles, type Files } from '../../src/process/files.ts'
import type { RedisScripts } from '../../src/process/redis-scripts.ts'
import { sleep } from '../../src/process/sleep.ts'
import { pauseScript, turnScript } from '../../src/shop/shared-pace.ts'
import { createInboxStore, type HandedUpdate, type InboxWait } from '../../src/telegram/updates/inbox-store.ts'
import { createUserStore } from '../../src/users/user-store.ts'
import { createTestDatabase } from '../support/database.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'
import { createKernel, type Kernel } from './kernel.ts'
import { createMachine, type Fate } from './machine.ts'
import { connectDatabase } from './models/database.ts'
import { createDisk } from './models/disk.ts'
import { createFactTables } from './models/fact-tables.ts'
import { createInboxTables } from './models/inbox-tables.ts'
import { createRedisModel } from './models/redis.ts'

// The same small scenarios on a model of the simulation and on what it stands for.

/** Lets virtual time pass until the work is done. */
const runOn =
  (kernel: Kernel) =>
  async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false
    const ended = work.finally(() => {
      isOver = true
    })
    await kernel.run(() => isOver, Number.POSITIVE_INFINITY)
    return ended
  }

/** A database of the model, on a virtual clock. */
function modelDatabase() {
  const kernel = createKernel(1, null)
  const machine = createMachine(kernel, 'bot')
  const inbox = createInboxTables(() => kernel.now())
  const link = { name: 'postgres', latencyMs: () => 1, fate: (): Fate => 'served' }
  const db = connectDatabase(machine, link, { facts: createFactTables(), inbox })
  return {
    db,
    sleep: machine.sleep,
    run: runOn(kernel),
    expire: async (worker: string) => inbox.expire(worker),
    age: async () => inbox.age(5_000),
  }
}

async function realDatabase() {
  const { db, sql } = await createTestDatabase(at)
  const expire = async (worker: string) => {
    await sql(`update inbox_workers set alive_until = now() - interval '1 second' where worker = $1`, [worker])
  }
  const age = async () => {
    await sql(`update inbox_seen set seen_at = seen_at - interval '5 seconds'`)
  }
  return { db, sleep, run: <T>(work: Promise<T>) => work, expire, age }
}

type Side = Awaited<ReturnType<typeof realDatabase>>
const at = new Date()

const handedNames = (handed: readonly HandedUpdate[]) =>
  handed
    .map(({ userId, updateId, body, waitedMs, shownMessage }) => {
      const when = waitedMs === null ? 'later' : 'now'
      return `${userId}:${updateId} ${body?.toString('utf8') ?? 'given'} ${when} ${shownMessage}`
    })
    .sort()

/** Without the place: what came in one statement is of the same age in the model alone. */
const waitName = ({ userId, updateId, isShownHere, body, shownMessage }: InboxWait) =>
  `${userId}:${updateId} ${isShownHere} ${body?.toString('utf8')} ${shownMessage}`

/** Steps of three processes on one inbox, drawn from a seed; resolves to all that was answered. */
async function playInbox({ db, sleep, run, expire, age }: Side, seed: number): Promise<unknown[]> {
  const random = createRandom(seed)
  const workers = [1, 2, 3].map(() => randomUUID())
  const answers: unknown[] = []
  let answersNotHeard = 0
  /** Usually that of now; a lower one is of a statement that was given up. */
  const fence = () => {
    if (random.chance(0.1)) answersNotHeard += 1
    return answersNotHeard - (random.chance(0.2) ? 1 : 0)
  }
  for (let step = 0; step < 80; step++) {
    await age() // so that it does not depend on the time between two steps what may still come
    const i = random.int(0, 2)
    const worker = workers[i] ?? ''
    const store = createInboxStore({ db, worker, inOrder: random.chance(0.3), sleep })
    const key = { userId: random.int(1, 3), updateId: random.int(1, 16) }
    const draw = random.next()
    if (draw < 0.4) {
      // they go in one statement
      const puts = Array.from({ length: random.int(1, 4) }, (_, n) => {
        const update = n === 0 ? key : { userId: random.int(1, 3), updateId: random.int(1, 16) }
        return store.put({ ...update, body: Buffer.from(`body ${update.updateId}`) }, random.chance(0.3), fence())
      })
      answers.push([`${i} put`, ...(await run(Promise.all(puts))).map(handedNames)])
    } else if (draw < 0.65) {
      answers.push([`${i} take`, handedNames(await run(store.take(3_600_000, random.int(0, 3), fence())))])
    } else if (draw < 0.8) await run(store.done([key]))
    else if (draw < 0.9) await expire(worker)
    else if (draw < 0.93) await run(store.leave())
    else if (draw < 0.95) await run(store.release([key.userId, random.int(1, 3)]))
    else if (draw < 0.96) answers.push([`${i} show`, await run(store.show(key, step))])
    else if (draw < 0.98) answers.push([`${i} wait`, ...(await run(store.showWaiting([1]))).map(waitName).sort()])
    else {
      const { oldest_seconds: _, ...state } = await run(store.state())
      answers.push([`${i} state`, state])
    }
  }
  return answers
}

test.each([1, 2, 3])('inbox: the model answers as PostgreSQL does (%i)', async seed => {
  expect(await playInbox(modelDatabase(), seed)).toEqual(await playInbox(await realDatabase(), seed))
})

interface RedisSide extends Pick<RedisScripts, 'run'> {
  expire(process: string): Promise<unknown>
}

/** Steps of three processes that share streams and a pace, drawn from a seed; resolves to all that was answered. */
async function playScripts({ run, expire }: RedisSide, seed: number): Promise<unknown[]> {
  const random = createRandom(seed)
  const hourMs = 3_600_000
  // with a burst to begin with the window is full before the rate is
  const settleMs = seed % 2 === 0 ? 2 * hourMs : -2 * hourMs
  const turnArguments = [hourMs, 2, 6 * hourMs, 4, 4 * hourMs, settleMs]
  const answers: unknown[] = []
  for (let step = 0; step < 120; step++) {
    const process = random.pick(['a', 'b', 'c'])
    const draw = random.next()
    if (draw < 0.1) await expire(process)
    else if (draw < 0.12) await run(pauseScript, [String(random.int(1, 3) * hourMs)])
    else if (draw < 0.25) {
      const [waitMs, refusedMs] = (await run(turnScript, turnArguments.map(String))) as [number, number]
      // what passes between two steps
      answers.push(['turn', waitMs < 0 ? waitMs : Math.round(waitMs / 600_000), Math.round(refusedMs / 600_000)])
    } else {
      const tokens = [1, 2, 3, 4].filter(() => random.chance(0.5)).map(n => `${process}:${n}`)
      const count = random.int(0, Math.min(1, tokens.length))
      const calls = tokens.flatMap((token, i) => (i < count ? [token] : [token, String(random.int(1, 5))]))
      // a lease of no time is over with the next step
      const lease = random.chance(0.1) ? 0 : hourMs
      const numbers = [lease, random.int(0, 3), count].map(String)
      const answer = (await run(streamsScript, [process, ...numbers, ...calls])) as unknown[][]
      answers.push(['streams', [...(answer[0] ?? [])].sort(), ...answer.slice(1)])
    }
  }
  return answers
}

describe.skipIf(!redisWanted)(`scripts${redisNote}`, () => {
  test.each([1, 2, 3, 4])('the model answers as Redis does (%i)', async seed => {
    const server = await startRedisServer()
    onTestFinished(() => server.dispose())
    const client = createClient({ url: server.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    const real: RedisSide = {
      run: ({ lua, keys }, args) => client.eval(lua, { keys: [...keys], arguments: [...args] }),
      expire: process => client.zAdd('vv:streams:processes', { score: 0, value: process }),
    }
    const redis = createRedisModel(Date.now)
    const model: RedisSide = {
      run: async (script, args) => redis.run(script, args),
      expire: async process => redis.expire(process),
    }

    expect(await playScripts(model, seed)).toEqual(await playScripts(real, seed))
  })
})

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const base = (n: number, userId: number) => ({ id: uuid(n), userId, at, requestId: null })
const message = (n: number, userId: number): Fact => ({ kind: 'message', ...base(n, userId) })
const done = (n: number, userId: number, of: number): Fact => ({
  ...{ kind: 'done', messageFactId: uuid(of) },
  ...base(n, userId),
})
const cart = (n: number, userId: number, of: number, alsoAnswers: string[] = []): CartFact => ({
  ...{ kind: 'cart', messageFactId: uuid(of), alsoAnswers, totalSum: null, scenario: 'search', affiliateTag: null },
  ...{ revises: false, cart: { lines: [], totalMinor: null, link: `of ${of}` }, ...base(n, userId) },
})
const search = (n: number, userId: number): EventFact => ({
  ...{ kind: 'event', eventType: 'product_search', ...base(n, userId) },
  metadata: { query: 'сыр', results_count: 1, had_results: true },
})

/** Of an outcome what the simulation relies on. */
const seen = (outcome: object | null) => {
  if (outcome === null) return null
  const { user, ...rest } = { user: null, ...outcome } as { user: { [key: string]: unknown } | null }
  const known = user && { carts: user.cartsCreated, messages: user.messagesInSession, hasCart: user.hasLastCart }
  return Object.fromEntries(Object.entries({ ...rest, known }).filter(([key]) => key !== 'day'))
}

async function playFacts({ db, run }: { db: Db; run: Side['run'] }): Promise<unknown[]> {
  const settings = { timeZone: 'UTC', cartLimit: 5, surveyBonus: 5, referralBonus: 3 }
  const store = createEventStore({ db, settings, idHash: userId => String(userId).padStart(64, '0') })
  const users = createUserStore(db, 'UTC')
  const answers: unknown[] = []
  const batches: [number, Fact[]][] = [
    [1, [message(11, 7), message(12, 8)]],
    [2, [message(11, 7), cart(13, 7, 11, [uuid(12)]), search(14, 7), search(14, 7)]],
    [1, [message(11, 7), message(12, 8)]],
    [3, [message(11, 7), cart(13, 7, 11), search(14, 7)]],
    [4, [done(15, 7, 11), done(16, 9, 11), message(17, 7)]],
    [5, [message(11, 7), cart(18, 7, 17), message(17, 7)]],
  ]
  for (const [id, facts] of batches) answers.push((await run(store.apply({ id: uuid(900 + id), facts }))).map(seen))
  for (const [userId, of] of [
    [7, 11],
    [7, 12],
    [7, 17],
    [9, 11],
  ] as const) {
    answers.push(await run(users.wasDone(userId, uuid(of))))
  }
  answers.push(seen({ user: await run(users.find(7, at)) }), await run(users.find(9, at)))
  return answers
}

test('facts: the model answers as PostgreSQL does', async () => {
  expect(await playFacts(modelDatabase())).toEqual(await playFacts(await realDatabase()))
})

describe('files', () => {
  async function playFiles(files: Files, dir: string, run: Side['run']): Promise<unknown[]> {
    const path = (name: string) => join(dir, name)
    const code = (work: Promise<unknown>) =>
      run(work.then(String, (err: unknown) => (err instanceof Error && 'code' in err ? err.code : err)))
    files.sync.makeFolder(dir)
    files.sync.makeFolder(dir)
    const answers: unknown[] = []
    answers.push(await code(files.write(path('a'), 'one')), await code(files.read(path('a'))))
    answers.push(await code(files.write(path('a'), 'two')), await code(files.append(path('a'), ' three')))
    answers.push(await code(files.rename(path('a'), path('b'))), await code(files.read(path('a'))))
    answers.push(await code(files.rename(path('a'), path('c'))), await code(files.append(path('d'), 'new')))
    answers.push(await code(files.syncDirectory(dir)), await code(files.write(path('none/x'), '')))
    const appended = await run(files.openAppend(path('d')))
    answers.push(await code(appended.append('er')), await code(files.read(path('d'))))
    answers.push(await code(appended.clear()), await code(appended.append('est')), await code(files.read(path('d'))))
    answers.push(await code(appended.close()), await code(files.openAppend(path('none/x'))))
    answers.push((await run(files.list(dir))).sort(), files.sync.list(dir).sort(), files.sync.read(path('b')))
    answers.push(
      files.sync.describe(path('b'))?.isFile,
      files.sync.describe(dir)?.isFile,
      files.sync.describe(path('z')),
    )
    files.sync.rename(path('b'), path('d'))
    answers.push(
      await code(files.read(path('d'))),
      await code(files.remove(path('d'))),
      await code(files.remove(path('d'))),
    )
    files.sync.remove(path('d'))
    answers.push(files.sync.list(dir), await code(files.list(path('none'))))
    return answers
  }

  test('the model answers as the file system does', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'files-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const kernel = createKernel(1, null)
    const files = createDisk(kernel, () => 'served').filesFor(createMachine(kernel, 'bot'))

    expect(await playFiles(files, '/data/x', runOn(kernel))).toEqual(
      await playFiles(diskFiles, join(dir, 'x'), work => work),
    )
  })
})
