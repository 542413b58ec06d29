import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from '../events/event-store.ts'
import type { Fact } from '../events/facts.ts'
import { createAnalytics } from './analytics.ts'
import { readEverything } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-01', to: '2026-03-11' }

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 1, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  let ids = 0
  const uuid = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const base = (userId: number, at: string) => ({ id: uuid(), userId, at: new Date(at), requestId: null })
  /** Someone who goes the whole way on 9 March and comes back on the 10th. */
  const wholeWay = (userId: number): Fact[] => [
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
      cart: { lines: [], totalMinor: 15_050, link: 'https://vkusvill.ru/?share_basket=1' },
    },
    {
      ...base(userId, '2026-03-09T09:02:00Z'),
      kind: 'event',
      eventType: 'cart_limit_reached',
      metadata: { carts_used: 1, cart_limit: 1, days_since_registration: 0, tier: 1 },
    },
    { ...base(userId, '2026-03-09T09:03:00Z'), kind: 'survey', pmf: 'very', usefulFeature: 'cart', feedback: 'супер' },
    { ...base(userId, '2026-03-10T09:00:00Z'), kind: 'message' },
  ]
  const erase = (userId: number): Fact => ({ ...base(userId, '2026-03-11T08:00:00Z'), kind: 'erase' })
  return { sql, store, analytics, uuid, wholeWay, erase }
}

/** Everything but what was written in words, which leaves with the person. */
const numbers = async (analytics: Parameters<typeof readEverything>[0]) => {
  const { searches: _, ...read } = await readEverything(analytics, period)
  return read
}

test('facts that came through the write path are counted at once, and a repeated batch changes nothing', async () => {
  const { store, analytics, uuid, wholeWay } = await setup()
  const batch = { id: uuid(), facts: wholeWay(7) }

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

test('an erased person is in no table by person, and every total stays, also when everything is counted again', async () => {
  const { sql, store, analytics, uuid, wholeWay, erase } = await setup()
  await store.apply({ id: uuid(), facts: [...wholeWay(7), ...wholeWay(8)] })
  const before = await numbers(analytics)

  await store.apply({ id: uuid(), facts: [erase(7)] })
  const after = await numbers(analytics)
  await sql('select rebuild_all($1)', [timeZone])
  const rebuilt = await numbers(analytics)

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
    'user_searches',
    'dirty_days',
  ]
  for (const table of tables) expect(await sql(`select from ${table} where user_id = 7`), table).toEqual([])
  expect(await analytics.person(7)).toBeNull()
  expect((await analytics.survey(period)).feedback).toHaveLength(1)
})

test('what had not been counted when a person was erased is in the totals', async () => {
  const { store, analytics, uuid, wholeWay, erase } = await setup()
  await store.apply({ id: uuid(), facts: wholeWay(7) })

  await store.apply({ id: uuid(), facts: [erase(7)] })

  expect((await analytics.summary(period)).carts).toBe(1)
  expect((await analytics.funnel(period)).stages.map(stage => stage.users)).toEqual([1, 1, 1, 1, 1, 1])
})

test('who comes back after being erased is active again, beside the totals of before, and not new', async () => {
  const { store, analytics, uuid, wholeWay, erase } = await setup()
  await store.apply({ id: uuid(), facts: wholeWay(7) })
  await store.apply({ id: uuid(), facts: [erase(7)] })

  await store.apply({
    id: uuid(),
    facts: wholeWay(7)
      .slice(0, 2)
      .map(fact => ({ ...fact, at: now })),
  })

  expect(await analytics.summary(period)).toMatchObject({ new_users: 1, active_users: 2, carts: 1 })
  expect((await analytics.retention(period)).map(day => day.cohort).filter(n => n > 0)).toEqual([1])
})

test('a /start that waited on disk and is older than the one stored before it is the first', async () => {
  const { store, analytics, uuid, wholeWay } = await setup()
  const [start] = wholeWay(7)
  if (start?.kind !== 'start') throw new Error('a life begins with a start')
  await store.apply({
    id: uuid(),
    facts: [{ ...start, id: uuid(), source: 'vc', at: new Date('2026-03-10T09:00:00Z') }],
  })
  await analytics.refresh()

  await store.apply({ id: uuid(), facts: [start] })

  expect((await analytics.sources(period)).map(row => [row.source, row.new_users])).toEqual([['habr', 1]])
  expect((await analytics.daily({ from: '2026-03-09', to: '2026-03-10' })).map(day => day.new_users)).toEqual([1, 0])
})

test('the record of a person has what they did and cost, and nothing they wrote', async () => {
  const { store, analytics, uuid, wholeWay } = await setup()
  await store.apply({ id: uuid(), facts: wholeWay(7) })

  const record = await analytics.person(7)

  expect(record).toMatchObject({ active_days: 2, sessions: 2, messages: 2, searches: 1, carts_created: 1, gmv: 150.5 })
  expect(record).toMatchObject({ source: 'habr', tokens: 1000, cost_rub: 0.65, pmf: 'very', cart_limit: 6 })
  expect(JSON.stringify(record)).not.toContain('супер')
})
