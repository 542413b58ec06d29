import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from './event-store.ts'
import type { EventFact } from './facts.ts'

const now = new Date('2026-03-11T09:00:00Z')
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const settings = { timeZone: 'Europe/Moscow', cartLimit: 5, surveyBonus: 5, referralBonus: 3 }
  const store = createEventStore({ db, settings, idHash: () => '00' })
  let batches = 0
  return {
    sql,
    apply: (...facts: EventFact[]) => store.apply({ id: uuid(9_000 + batches++), facts }),
    rows: async () => (await sql('select user_id, id, created_at from user_events')).length,
  }
}

const search = (n: number, at: string, more: { userId?: number; maybeRepeat?: boolean } = {}): EventFact => ({
  ...{ kind: 'event', id: uuid(n), userId: 7, at: new Date(at), requestId: 'REQ', eventType: 'product_search' },
  metadata: { query: 'сыр', results_count: 1, had_results: true },
  ...more,
})

test('a plain event that is stored already is distinguished from new ones of its batch', async () => {
  const { apply, rows } = await setup()
  const first = search(1, '2026-03-10T09:00:00Z')

  expect(await apply(first, search(2, '2026-03-10T09:00:00Z'))).toEqual([{ stored: true }, { stored: true }])
  expect(await apply(search(3, '2026-03-10T09:00:01Z'), first)).toEqual([{ stored: true }, { stored: false }])
  expect(await rows()).toBe(3)
})

test('what PostgreSQL cannot store of a text is replaced, in a batch of new events and beside one that may be a repeat', async () => {
  const { apply, sql } = await setup()
  const odd = (n: number): EventFact => ({
    ...{ kind: 'event', id: uuid(n), userId: 7, at: now, requestId: 'R\0Q', eventType: 'product_search' },
    metadata: { query: 'a\ud800\0b', results_count: 1, had_results: true },
  })

  await apply(odd(1))
  await apply(odd(2), search(3, '2026-03-10T09:00:00Z', { maybeRepeat: true }))

  const stored = { query: 'a\ufffd\ufffdb', request_id: 'R\ufffdQ' }
  expect(
    await sql(`select metadata ->> 'query' as query, request_id from user_events where id <> $1`, [uuid(3)]),
  ).toEqual([stored, stored])
})

test('a plain event twice in one batch is stored once', async () => {
  const { apply, rows } = await setup()
  const twice = search(1, '2026-03-10T09:00:00Z')

  expect(await apply(search(2, '2026-03-10T09:00:00Z'), twice, twice)).toEqual([
    { stored: true },
    { stored: true },
    { stored: false },
  ])
  expect(await rows()).toBe(2)
})

test('a plain event that may be a repeat is found under a time up to three days off, one of another user is none', async () => {
  const { apply, rows } = await setup()
  await apply(search(1, '2026-03-05T09:00:00Z'), search(2, '2026-03-05T09:00:00Z'))

  const outcomes = await apply(
    search(1, '2026-03-08T09:00:00Z', { maybeRepeat: true }),
    search(2, '2026-03-08T09:00:01Z', { maybeRepeat: true }),
    search(1, '2026-03-05T09:00:00Z', { maybeRepeat: true, userId: 8 }),
    search(3, '2026-03-08T09:00:00Z'),
  )

  expect(outcomes).toEqual([{ stored: false }, { stored: true }, { stored: true }, { stored: true }])
  expect(await rows()).toBe(5)
})

test('a plain event that waits behind a deferred erasure of its user is not stored yet, those of others are', async () => {
  const { apply, rows, sql } = await setup()
  await sql(`insert into deferred_facts (user_id, fact, is_event, settings) values (7, '{}', false, '{}')`)

  expect(await apply(search(1, '2026-03-10T09:00:00Z'), search(2, '2026-03-10T09:00:00Z', { userId: 8 }))).toEqual([
    { stored: false },
    { stored: true },
  ])
  expect(await rows()).toBe(1)
})

test('a plain event of a clock that runs ahead gets the time of the server', async () => {
  const { apply, sql } = await setup()

  await apply(search(1, new Date(Date.now() + 3_600_000).toISOString()))
  await apply(search(2, new Date(Date.now() + 3_600_000).toISOString(), { maybeRepeat: true }))

  expect(await sql(`select from user_events where created_at <= now()`)).toHaveLength(2)
  expect(await sql('select day from dirty_days where day > (now() at time zone $1)::date', ['Europe/Moscow'])).toEqual(
    [],
  )
})

test('a batch leaves one mark for each of its days, with each of its users once', async () => {
  const { apply, sql } = await setup()

  await apply(
    search(1, '2026-03-10T09:00:00Z'),
    search(2, '2026-03-10T10:00:00Z', { userId: 8 }),
    search(3, '2026-03-10T11:00:00Z'),
    search(4, '2026-03-09T11:00:00Z'),
  )

  expect(await sql('select day::text as day, users::text as users from dirty_days order by day')).toEqual([
    { day: '2026-03-09', users: '{7}' },
    { day: '2026-03-10', users: '{7,8}' },
  ])
})
