import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from '../events/event-store.ts'
import type { Fact } from '../events/facts.ts'
import { createAnalytics } from './analytics.ts'
import { readEverything, withoutTimes } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-01', to: '2026-03-11' }

async function setup() {
  const { db, sql, url } = await createTestDatabase(now)
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 1, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  let ids = 0
  const uuid = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const base = (userId: number, at: string) => ({ id: uuid(), userId, at: new Date(at), requestId: null })
  /** A user who goes through the whole funnel on 9 March and comes back on the 10th. */
  const wholeFunnel = (userId: number): Fact[] => [
    { ...base(userId, '2026-03-09T09:00:00Z'), kind: 'start', source: 'habr', inviter: null },
    { ...base(userId, '2026-03-09T09:01:00Z'), kind: 'message' },
    { ...base(userId, '2026-03-09T09:01:00Z'), kind: 'usage', calls: 2, tokens: 1000, costRub: 0.65 },
    {
      ...base(userId, '2026-03-09T09:01:05Z'),
      kind: 'event',
      eventType: 'product_search',
      metadata: { query: 'молоко', results_count: 3, had_results: true },
    },
    {
      ...base(userId, '2026-03-09T09:01:09Z'),
      kind: 'cart',
      messageFactId: uuid(),
      totalSum: 150.5,
      scenario: 'search',
      affiliateTag: null,
      revises: false,
      cart: { lines: [], totalMinor: 15_050, link: 'https://vkusvill.ru/?share_basket=1' },
    },
    {
      ...base(userId, '2026-03-09T09:02:00Z'),
      kind: 'event',
      eventType: 'cart_limit_reached',
      metadata: { carts_used: 1, cart_limit: 1, days_since_registration: 0, tier: 1 },
    },
    {
      ...base(userId, '2026-03-09T09:02:30Z'),
      kind: 'event',
      eventType: 'bot_error',
      metadata: { error_type: 'TimeoutError', error_message: 'shop: no answer within 20 ms', had_history: true },
    },
    { ...base(userId, '2026-03-09T09:03:00Z'), kind: 'survey', pmf: 'very', usefulFeature: 'cart', feedback: 'супер' },
    { ...base(userId, '2026-03-10T09:00:00Z'), kind: 'message' },
  ]
  const erase = (userId: number): Fact => ({ ...base(userId, '2026-03-11T08:00:00Z'), kind: 'erase' })
  /** Another database session, within a transaction. */
  const inTransaction = async (statement: string, values: unknown[] = []) => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('begin')
    await client.query(statement, values)
    return { commit: () => client.query('commit') }
  }
  return { sql, store, analytics, uuid, base, wholeFunnel, erase, inTransaction }
}

/** All reports except what is deleted with the user: queries, and the times of failures. */
const numbers = async (analytics: Parameters<typeof readEverything>[0]) => {
  const { searches: _, missing_searches: _missing, ...read } = await readEverything(analytics, period)
  return withoutTimes(read)
}

test('facts from the write path are counted immediately, and a repeated batch changes nothing', async () => {
  const { store, analytics, uuid, wholeFunnel } = await setup()
  const batch = { id: uuid(), facts: wholeFunnel(7) }

  await store.apply(batch)
  const once = await numbers(analytics)
  await store.apply(batch)
  await store.apply({ id: uuid(), facts: batch.facts.filter(fact => fact.kind !== 'usage') })

  expect(once.summary).toMatchObject({
    new_users: 1,
    active_users: 1,
    carts: 1,
    gmv: 150.5,
    tokens: 1000,
    cost_rub: 0.65,
  })
  expect(once.summary).toMatchObject({ messages: 2, retention_d1: { returned: 1, cohort: 1 } })
  expect(once.funnel.stages.map(stage => stage.users)).toEqual([1, 1, 1, 1, 1, 1])
  expect(await numbers(analytics)).toEqual(once)
})

test('an erased user is in no table with user ids, and every total stays, also after a rebuild', async () => {
  const { sql, store, analytics, uuid, wholeFunnel, erase } = await setup()
  await store.apply({ id: uuid(), facts: [...wholeFunnel(7), ...wholeFunnel(8)] })
  const before = await numbers(analytics)

  await store.apply({ id: uuid(), facts: [erase(7)] })
  const after = await numbers(analytics)
  await sql('select rebuild_all($1)', [timeZone])
  const rebuilt = await numbers(analytics)

  expect(before.errors).toEqual({
    users: 2,
    kinds: [{ error_type: 'TimeoutError', upstream: 'shop', errors: 2, users: 2 }],
  })
  expect(after).toEqual(before)
  expect(rebuilt).toEqual(before)
  const tables = [
    'users',
    'user_events',
    'user_days',
    'user_firsts',
    'user_chains',
    'user_usage',
    'survey_answers',
    'user_errors',
    'archive_pseudonyms',
  ]
  for (const table of tables) expect(await sql(`select from ${table} where user_id = 7`), table).toEqual([])
  expect(await sql('select from dirty_days where 7 = any (users)')).toEqual([])
  expect(await analytics.user(7)).toBeNull()
  expect((await analytics.survey(period)).feedback).toHaveLength(1)
  const queries = 'select query, searches::int from queries'
  expect(await sql(queries)).toEqual([{ query: 'молоко', searches: 1 }])
  await store.apply({ id: uuid(), facts: [erase(8)] })
  expect(await sql(queries)).toEqual([])
})

test('events not yet counted when their user is erased are in the totals', async () => {
  const { store, analytics, uuid, wholeFunnel, erase } = await setup()
  await store.apply({ id: uuid(), facts: wholeFunnel(7) })

  await store.apply({ id: uuid(), facts: [erase(7)] })

  expect((await analytics.summary(period)).carts).toBe(1)
  expect((await analytics.funnel(period)).stages.map(stage => stage.users)).toEqual([1, 1, 1, 1, 1, 1])
})

test('a user who comes back after erasure is active again, in addition to the earlier totals, and not new', async () => {
  const { store, analytics, uuid, wholeFunnel, erase } = await setup()
  await store.apply({ id: uuid(), facts: wholeFunnel(7) })
  await store.apply({ id: uuid(), facts: [erase(7)] })

  await store.apply({
    id: uuid(),
    facts: wholeFunnel(7)
      .slice(0, 2)
      .map(fact => ({ ...fact, at: now })),
  })

  expect(await analytics.summary(period)).toMatchObject({ new_users: 1, active_users: 2, carts: 1 })
  expect((await analytics.retention(period)).map(day => day.cohort).filter(n => n > 0)).toEqual([1])
})

test('a /start delayed on disk, older than the one stored before it, becomes the first', async () => {
  const { store, analytics, uuid, wholeFunnel } = await setup()
  const [start] = wholeFunnel(7)
  if (start?.kind !== 'start') throw new Error('the funnel begins with a start')
  await store.apply({
    id: uuid(),
    facts: [{ ...start, id: uuid(), source: 'vc', at: new Date('2026-03-10T09:00:00Z') }],
  })
  await analytics.refresh()

  await store.apply({ id: uuid(), facts: [start] })

  expect((await analytics.sources(period)).map(row => [row.source, row.new_users])).toEqual([['habr', 1]])
  expect((await analytics.daily({ from: '2026-03-09', to: '2026-03-10' })).map(day => day.new_users)).toEqual([1, 0])
})

test('the record of a user has activity and cost, and no text', async () => {
  const { store, analytics, uuid, wholeFunnel } = await setup()
  await store.apply({ id: uuid(), facts: wholeFunnel(7) })

  const record = await analytics.user(7)

  expect(record).toMatchObject({ active_days: 2, sessions: 2, messages: 2, searches: 1, carts_created: 1, gmv: 150.5 })
  expect(record).toMatchObject({ source: 'habr', tokens: 1000, cost_rub: 0.65, pmf: 'very', cart_limit: 6 })
  expect(JSON.stringify(record)).not.toContain('супер')
})

const holdsTotals = "select pg_advisory_xact_lock(hashtext('rollups'))"

test('while another process locks the totals an erasure is deferred, with the later facts of that user only', async () => {
  const { sql, store, analytics, uuid, base, wholeFunnel, erase, inTransaction } = await setup()
  const apply = (...facts: Fact[]) => store.apply({ id: uuid(), facts })
  await apply(...wholeFunnel(7))
  const before = await numbers(analytics)
  const holder = await inTransaction(holdsTotals)
  const start = (userId: number): Fact => ({
    ...base(userId, '2026-03-11T08:30:00Z'),
    kind: 'start',
    source: 'vc',
    inviter: null,
  })
  const search: Fact = {
    ...base(7, '2026-03-11T08:31:00Z'),
    kind: 'event',
    eventType: 'product_search',
    metadata: { query: 'чай', results_count: 0, had_results: false },
  }

  const erased = await apply(erase(7))
  const [returned, other] = await apply(start(7), start(8), search)
  const message = await apply({ ...base(8, '2026-03-11T08:32:00Z'), kind: 'message' })

  expect([erased, returned]).toEqual([[null], null])
  expect(other).toMatchObject({ isNewUser: true })
  expect(message).toMatchObject([{ delivery: 'first' }])
  expect(await sql('select user_id from user_events where created_at > $1', ['2026-03-11'])).toEqual([
    { user_id: '8' },
    { user_id: '8' },
  ])

  await holder.commit()
  await analytics.refresh()

  const events = await sql('select event_type from user_events where user_id = 7 order by created_at')
  expect(events.map(event => event.event_type)).toEqual(['bot_start', 'product_search'])
  expect(await sql('select carts_created, source from users where user_id = 7')).toEqual([
    { carts_created: 0, source: expect.any(String) },
  ])
  expect(await sql('select count(*)::int as n from erased_users')).toEqual([{ n: 1 }])
  expect(await sql('select * from deferred_facts')).toEqual([])
  const after = await numbers(analytics)
  expect(after.summary.carts).toBe(before.summary.carts)
  expect(after.summary.gmv).toBe(before.summary.gmv)
})

test('a deferred fact with a value that PostgreSQL rejects is stored with the reason and blocks no other', async () => {
  const { sql, store, analytics, uuid, base, wholeFunnel, erase, inTransaction } = await setup()
  const apply = (...facts: Fact[]) => store.apply({ id: uuid(), facts })
  await apply(...wholeFunnel(7))
  const holder = await inTransaction(holdsTotals)
  await apply(erase(7))
  await apply({
    ...base(7, '2026-03-11T08:30:00Z'),
    kind: 'survey',
    pmf: 'very',
    usefulFeature: 'cart',
    feedback: null,
  })
  await sql(
    "update deferred_facts set fact = jsonb_set(fact, '{at}', '\"yesterday or so\"') where fact ->> 'k' = 'survey'",
  )
  await apply({ ...base(7, '2026-03-11T08:31:00Z'), kind: 'message' })

  await holder.commit()
  await analytics.refresh()

  expect((await sql('select event_type from user_events where user_id = 7')).map(e => e.event_type)).toEqual([
    'session_start',
  ])
  expect(await sql("select fact ->> 'k' as kind, rejection from deferred_facts")).toEqual([
    { kind: 'survey', rejection: expect.stringContaining('invalid input syntax') },
  ])
  expect(await apply({ ...base(7, '2026-03-11T08:35:00Z'), kind: 'message' })).toMatchObject([{ delivery: 'first' }])
})

test.each(['P0001', '22003'])(
  'a deferred erasure that PostgreSQL fails with %s waits with what follows it, and blocks no other user',
  async code => {
    const { sql, store, analytics, uuid, base, wholeFunnel, erase, inTransaction } = await setup()
    const apply = (...facts: Fact[]) => store.apply({ id: uuid(), facts })
    await apply(...wholeFunnel(7), ...wholeFunnel(8))
    await sql(`create function fail() returns trigger language plpgsql as $$
      begin if old.user_id = 7 then raise exception 'no' using errcode = '${code}'; end if; return old; end $$`)
    await sql('create trigger fail before delete on users for each row execute function fail()')
    const holder = await inTransaction(holdsTotals)
    for (const userId of [7, 8]) await apply(erase(userId))
    await apply({ ...base(7, '2026-03-11T08:30:00Z'), kind: 'message' })
    await holder.commit()

    await analytics.refresh()
    const users = await sql('select user_id::int as id from users')
    const waiting = await sql("select fact ->> 'k' as kind, rejection from deferred_facts order by position")
    await sql('drop function fail cascade')
    await analytics.refresh()

    expect(users).toEqual([{ id: 7 }])
    expect(waiting).toEqual(['erase', 'message'].map(kind => ({ kind, rejection: null })))
    expect(await sql('select * from deferred_facts')).toEqual([])
    expect((await sql('select event_type from user_events')).map(e => e.event_type)).toEqual(['session_start'])
  },
)

test('while a rebuild counts, facts of the same day are stored', async () => {
  const { store, wholeFunnel, base, inTransaction } = await setup()
  await store.apply({ id: randomUUID(), facts: wholeFunnel(7) })
  const rebuild = await inTransaction("select recount_from(array[7::bigint], '2026-03-01', $1)", [timeZone])

  const stored = await store.apply({
    id: randomUUID(),
    facts: [{ ...base(8, '2026-03-10T09:30:00Z'), kind: 'message' }],
  })

  expect(stored).toMatchObject([{ delivery: 'first' }])
  await rebuild.commit()
})

test('counting fails on a lock that is never released', async () => {
  const { sql, inTransaction } = await setup()
  const holder = await inTransaction(holdsTotals)

  await expect(sql('select rebuild_all($1)', [timeZone])).rejects.toThrow(/lock timeout/)
  await holder.commit()
})
