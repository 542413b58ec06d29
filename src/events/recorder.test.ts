import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { postgresFailure } from '../db/testing/postgres-failure.ts'
import { UpstreamError } from '../errors.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import type { Batch, EventStore } from './event-store.ts'
import type { EventFact, Fact } from './facts.ts'
import { createRecorder } from './recorder.ts'
import { createSpool, type Spool } from './spool.ts'

const at = new Date('2026-03-10T09:00:00Z')
const unavailable = () => new UpstreamError('postgres', null, 'no connection', true)
const refusal = () => postgresFailure('22P02')
const fact = (id: number): EventFact => ({
  kind: 'event',
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  userId: 7,
  at,
  requestId: 'REQ',
  eventType: 'product_search',
  metadata: { query: 'молоко', results_count: 1, had_results: true },
})

/** A fake store that records batches, fails as the test says, and recognises a repeated batch, as PostgreSQL does. */
function fakeStore(fails: (batch: Batch) => Error | null) {
  const stored: Fact[] = []
  const batches = new Set<string>()
  const apply: EventStore['apply'] = async batch => {
    const failure = fails(batch)
    if (failure !== null) throw failure
    if (!batches.has(batch.id)) stored.push(...batch.facts)
    batches.add(batch.id)
    return batch.facts.map(() => null)
  }
  return { apply, stored }
}

function setup({
  fails = (): Error | null => null,
  dir = mkdtempSync(join(tmpdir(), 'recorder-')),
  spool = createSpool(dir),
  onPause = untilAborted,
  log = silentLog,
}: {
  fails?: (batch: Batch) => Error | null
  dir?: string
  spool?: Spool
  onPause?: (ms: number, signal: AbortSignal) => Promise<void>
  log?: Log
} = {}) {
  const store = fakeStore(fails)
  const register = createRegistry({ serviceName: 'test', env: 'test' })
  const recorder = createRecorder({ store, spool, log, register, sleep: onPause })
  const files = () => readdirSync(join(dir, 'spool', 'events'))
  const metric = async (name: string, labels: Record<string, string>) =>
    (await register.getSingleMetric(name)?.get())?.values.find(v =>
      Object.entries(labels).every(([k, l]) => v.labels[k] === l),
    )?.value
  return { recorder, store, dir, files, metric, spool }
}
const ids = (facts: readonly Fact[]) => facts.map(f => Number(f.id.slice(-12)))

test('facts that come while a batch is in flight share the next one', async () => {
  const sizes: number[] = []
  const others: Promise<unknown>[] = []
  const { recorder, store } = setup({
    fails: batch => {
      if (sizes.length === 0) others.push(...[2, 3, 4, 5].map(id => recorder.submit(fact(id))))
      sizes.push(batch.facts.length)
      return null
    },
  })

  await recorder.submit(fact(1))
  await Promise.all(others)

  expect(sizes).toEqual([1, 4])
  expect(ids(store.stored)).toEqual([1, 2, 3, 4, 5])
})

test('without PostgreSQL facts wait on disk and the caller is not disturbed', async () => {
  const { recorder, store, files } = setup({ fails: unavailable })

  const outcome = await recorder.submit(fact(1))

  expect(outcome).toBeNull()
  expect(store.stored).toEqual([])
  expect(files().filter(f => f.endsWith('.json'))).toHaveLength(1)
  await recorder.stop()
})

test('when PostgreSQL is back what waited arrives once, in order, before what comes later', async () => {
  let down = true
  const pause = gate()
  const { recorder, store, files } = setup({ fails: () => (down ? unavailable() : null), onPause: pause.wait })
  for (const id of [1, 2, 3]) await recorder.submit(fact(id))

  down = false
  pause.open()
  await recorder.submit(fact(4))
  await until(() => recorder.waiting() === 0)
  await recorder.submit(fact(5))

  expect(ids(store.stored)).toEqual([1, 2, 3, 4, 5])
  await until(() => files().length === 0) // a stored batch leaves the queue first and its file is removed after
})

test('a commit in doubt is not applied twice: the batch keeps its id through the spool', async () => {
  let answers = 0
  const pause = gate()
  const seen: string[] = []
  const { recorder, store } = setup({
    onPause: pause.wait,
    fails: batch => {
      seen.push(batch.id)
      return ++answers === 1 ? unavailable() : null
    },
  })

  await recorder.submit(fact(1))
  pause.open()
  await until(() => recorder.waiting() === 0)

  expect(new Set(seen).size).toBe(1)
  expect(ids(store.stored)).toEqual([1])
})

test('what a killed process left on disk is stored by the next one', async () => {
  const first = setup({ fails: unavailable })
  await first.recorder.submit(fact(1))
  await first.recorder.submit(fact(2))
  await first.recorder.stop()

  const second = setup({ dir: first.dir })
  await second.recorder.start()

  expect(ids(second.store.stored)).toEqual([1, 2])
  expect(second.store.stored[0]?.at).toEqual(at)
})

test('a fact PostgreSQL rejects is dead-lettered with the reason and the rest of its batch is stored', async () => {
  const { recorder, store, dir, metric } = setup({ fails: batch => (ids(batch.facts).includes(3) ? refusal() : null) })

  await Promise.all([1, 2, 3, 4, 5, 6].map(id => recorder.submit(fact(id))))

  expect(ids(store.stored)).toEqual([1, 2, 4, 5, 6])
  expect(readFileSync(join(dir, 'spool', 'events', 'dead-letter.ndjson'), 'utf8')).toContain('SQLSTATE 22P02')
  expect(await metric('bot_events_lost_total', { reason: 'refused' })).toBe(1)
})

test('an error that is not about the values makes facts wait, however often it repeats, and is logged once', async () => {
  const causes = [
    'SQLSTATE 28P01',
    'SQLSTATE 28P01',
    'SQLSTATE 42883',
    'SQLSTATE 28P01',
    'no connection',
    'SQLSTATE XX000',
  ]
  const script = causes.map(cause => new UpstreamError('postgres', null, cause, true))
  const waiting: unknown[] = []
  const log: Log = {
    ...silentLog,
    warn: (_, fields) => void waiting.push('err' in fields && fields.err instanceof Error && fields.err.message),
  }
  const { recorder, store, files } = setup({ fails: () => script.shift() ?? null, onPause: async () => undefined, log })

  await Promise.all([1, 2, 3].map(id => recorder.submit(fact(id))))
  await until(() => recorder.waiting() === 0)

  expect(ids(store.stored)).toEqual([1, 2, 3])
  expect(files().filter(name => name.startsWith('dead-letter'))).toEqual([])
  expect(waiting).toEqual([0, 2, 4, 5].map(i => `postgres: ${causes[i]}`))
})

test('a bug of ours in the way of a fact makes it wait too', async () => {
  let failures = 2
  const { recorder, store } = setup({
    fails: () => (failures-- > 0 ? new TypeError('x is undefined') : null),
    onPause: async () => undefined,
  })

  await recorder.submit(fact(1))
  await until(() => recorder.waiting() === 0)

  expect(ids(store.stored)).toEqual([1])
})

describe('what is promised to a user', () => {
  const erasure = { kind: 'erase', id: fact(9).id, userId: 7, at, requestId: null } as const
  const brokenDisk = (dir: string): Spool => ({ ...createSpool(dir), add: () => Promise.reject(new Error('ENOSPC')) })

  test('is durable on disk', async () => {
    const { recorder, spool } = setup({ fails: unavailable })

    expect(await recorder.submitDurably(erasure)).toBeNull()
    expect(spool.size()).toBe(1)
    await recorder.stop()
  })

  test('is refused when it would wait in memory only', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'recorder-'))
    const { recorder } = setup({ fails: unavailable, dir, spool: brokenDisk(dir) })

    await expect(recorder.submitDurably(erasure)).rejects.toThrow('in memory')
    await recorder.stop()
  })

  test('is never quarantined: an erasure that PostgreSQL refuses waits', async () => {
    let refusals = 3
    const { recorder, store } = setup({
      fails: () => (refusals-- > 0 ? refusal() : null),
      onPause: async () => undefined,
    })

    expect(await recorder.submitDurably(erasure)).toBeNull()
    await until(() => recorder.waiting() === 0)

    expect(ids(store.stored)).toEqual([9])
  })

  test('and was quarantined before, is reached by the erasure', async () => {
    const { recorder, dir } = setup({ fails: batch => (ids(batch.facts).includes(3) ? refusal() : null) })
    await recorder.submit(fact(3))

    await recorder.submit(erasure)

    expect(readFileSync(join(dir, 'spool', 'events', 'dead-letter.ndjson'), 'utf8')).toBe('')
  })
})

test('a deadlock is retried immediately', async () => {
  let deadlocks = 2
  const { recorder, store, files } = setup({
    fails: () => (deadlocks-- > 0 ? postgresFailure('40P01') : null),
  })

  await recorder.submit(fact(1))

  expect(ids(store.stored)).toEqual([1])
  expect(files()).toEqual([])
})

test('with the disk full too, facts wait in memory and are stored when PostgreSQL is back', async () => {
  let down = true
  const dir = mkdtempSync(join(tmpdir(), 'recorder-'))
  const full: Spool = {
    ...createSpool(dir),
    add: async () => {
      throw new Error('ENOSPC')
    },
  }
  const pause = gate()
  const { recorder, store } = setup({
    dir,
    spool: full,
    fails: () => (down ? unavailable() : null),
    onPause: pause.wait,
  })

  await Promise.all([1, 2].map(id => recorder.submit(fact(id))))
  expect(recorder.waiting()).toBe(2)
  down = false
  pause.open()
  await until(() => recorder.waiting() === 0)

  expect(ids(store.stored)).toEqual([1, 2])
})

test('an unreadable file in the spool is quarantined and does not block the others', async () => {
  const first = setup({ fails: unavailable })
  await first.recorder.submit(fact(1))
  await first.recorder.stop()
  writeFileSync(
    join(first.dir, 'spool', 'events', '000000000000-1-00000000-0000-4000-8000-000000000000.json'),
    '{"half',
  )

  const second = setup({ dir: first.dir })
  await second.recorder.start()

  expect(ids(second.store.stored)).toEqual([1])
  expect(second.files().filter(f => f.endsWith('.quarantined'))).toHaveLength(1)
})

test('an erasure goes alone, between what came before and what comes after', async () => {
  const batches: string[][] = []
  const { recorder } = setup({
    fails: batch => {
      batches.push(batch.facts.map(f => f.kind))
      return null
    },
  })

  await Promise.all([
    recorder.submit(fact(1)),
    recorder.submit(fact(2)),
    recorder.submit({ kind: 'erase', id: fact(3).id, userId: 7, at, requestId: null }),
    recorder.submit(fact(4)),
  ])

  expect(batches).toEqual([['event', 'event'], ['erase'], ['event']])
})

test.each([
  ['a value no search has', { query: 'x', results_count: -1, had_results: true }],
  ['an undeclared key', { query: 'x', results_count: 1, had_results: true, user_message: 'x' }],
  ['a contradiction', { query: 'x', results_count: 0, had_results: true }],
])('metadata with %s is counted, quarantined and not stored', async (_, metadata) => {
  const { recorder, store, metric, dir } = setup()

  await recorder.record({ id: fact(1).id, type: 'product_search', userId: 7, at, requestId: null, metadata })

  expect(store.stored).toEqual([])
  const [line = ''] = readFileSync(join(dir, 'spool', 'events', 'dead-letter.ndjson'), 'utf8').split('\n')
  expect(JSON.parse(line)).toMatchObject({
    reason: expect.stringContaining('undeclared'),
    fact: { id: fact(1).id, metadata },
  })
  expect(await metric('bot_events_lost_total', { reason: 'undeclared' })).toBe(1)
})

test('stored events are counted by type', async () => {
  const { recorder, metric } = setup()

  await recorder.submit(fact(1))

  expect(await metric('bot_events_recorded_total', { event_type: 'product_search' })).toBe(1)
  expect(await metric('bot_events_recorded_total', { event_type: 'cart_created' })).toBe(0)
})

const untilAborted = (_ms: number, signal: AbortSignal) =>
  new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** A gate: waiters are held until it is opened. */
function gate() {
  const opening = new AbortController()
  return { wait: () => untilAborted(0, opening.signal), open: () => opening.abort() }
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 2 }).toBe(true)
}
