import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAnalytics } from '../../src/analytics/analytics.ts'
import { writeHistory } from '../../src/analytics/demo/history.ts'
import { createReaders } from '../../src/db/readers.ts'
import { catalogue, type EventType, eventTypes } from '../../src/events/catalogue.ts'
import { createEventStore } from '../../src/events/event-store.ts'
import type { Fact } from '../../src/events/facts.ts'
import { createReconcileStore } from '../../src/reconcile/reconcile-store.ts'
import { createTestDatabase } from '../support/database.ts'

const timeZone = 'Europe/Moscow'
const until = '2026-03-10'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-01', to: until }

type Given = Fact extends infer F
  ? F extends Fact
    ? Omit<F, 'id' | 'at' | 'requestId'> & { id?: string }
    : never
  : never

async function setup() {
  const database = await createTestDatabase(now)
  const { db, sql, url } = database
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  let happened = Date.parse('2026-03-10T09:00:00Z')
  /** Stores facts, each a batch of its own, a minute after the one before unless `at` says otherwise. */
  const happens = async (facts: readonly Given[], at?: string) => {
    for (const given of facts) {
      happened += 60_000
      const fact = { id: randomUUID(), at: new Date(at ?? happened), requestId: 'REQ', ...given } as Fact
      await store.apply({ id: randomUUID(), facts: [fact] })
    }
  }
  const generate = (users = 20) =>
    writeHistory(url, { users, days: 20, seed: 4, until, timeZone, cartLimit: 3, surveyBonus: 2 }, now)
  const allowance = async (userId: number) =>
    (await sql<{ cart_limit: number }>('select cart_limit from users where user_id = $1', [userId]))[0]?.cart_limit
  return { ...database, analytics, happens, generate, allowance }
}
const start = (userId: number, inviter: number | null = null): Given => ({
  ...{ kind: 'start', userId, source: 'habr', inviter: inviter === null ? null : { userId: inviter } },
})
const message = (userId: number): Given => ({ kind: 'message', userId })
const cart = (userId: number, totalSum: number | null = 150.5, revises = false): Given => ({
  ...{ kind: 'cart', userId, messageFactId: randomUUID(), totalSum, scenario: 'search', affiliateTag: null, revises },
  cart: { lines: [], totalMinor: null, link: 'https://vkusvill.ru/?share_basket=1' },
})
const survey = (userId: number, feedback: string | null = null): Given => ({
  ...{ kind: 'survey', userId, pmf: 'very', usefulFeature: 'cart', feedback },
})
const erase = (userId: number): Given => ({ kind: 'erase', userId })

describe('a synthetic history beside real users', () => {
  const real = 9_000_000_123

  test.each([real, 2 ** 52, 2 ** 52 + 7])(
    'leaves the real user %i as they are, in the tables and in the numbers',
    async id => {
      const { happens, generate, analytics, sql } = await setup()
      await happens([start(id), message(id), cart(id)])
      const rows = () =>
        Promise.all([
          sql('select * from users where not synthetic'),
          sql('select * from user_events where user_id = $1 order by id', [id]),
        ])
      const [before, numbers] = [await rows(), await analytics.summary(period)]

      const { counted } = await generate()
      await generate()

      expect(counted).toBe(false)
      expect(await rows()).toEqual(before)
      expect(await analytics.summary(period)).toEqual(numbers)
      await sql('select rebuild_all($1)', [timeZone])
      expect(await analytics.summary(period)).toEqual(numbers)
      expect(await sql('select count(*)::int as n from users where synthetic')).toEqual([{ n: 20 }])
    },
  )

  test('is not reconciled, and a real user of a great id is', async () => {
    const { happens, generate, analytics, db } = await setup()
    await happens([start(real), message(real), cart(real)])
    await generate()
    await analytics.refresh()

    const day = await createReconcileStore(db, timeZone).readDay(until)

    expect(day.numbers).toMatchObject({ carts: 1, messages: 1, errors: 0 })
    expect(day.fromEvents).toEqual({ carts: 1, errors: 0 })
  })

  test('counts while there is no real user, and leaves every number when the first real user comes', async () => {
    const { happens, generate, analytics, sql } = await setup()
    const { counted, periods } = await generate(40)
    const asDemo = await analytics.summary(period)
    const ratings = await analytics.cartRatings(period)

    await happens([start(real), message(real), cart(real)])
    const { from: _f, to: _t, ...summary } = await analytics.summary(period)

    expect(counted).toBe(true)
    expect(asDemo.new_users).toBeGreaterThan(0)
    expect(periods.month?.summary.new_users).toBeGreaterThanOrEqual(asDemo.new_users)
    expect(summary).toMatchObject({
      new_users: 1,
      active_users: 1,
      carts: 1,
      gmv: 150.5,
      messages: 1,
      tokens: 0,
      errors: 0,
    })
    expect(await analytics.survey(period)).toMatchObject({ answers: 0 })
    expect(ratings.length).toBeGreaterThan(0)
    expect(await analytics.cartRatings(period)).toEqual([])
    expect((await analytics.searches(period)).frequent).toEqual([])
    expect(await sql('select event_type from analytics.user_events order by created_at')).toEqual([
      ...[{ event_type: 'bot_start' }, { event_type: 'session_start' }, { event_type: 'cart_created' }],
    ])
    expect(
      await sql(`select count(*)::int as n from analytics.spans where sinces <> '{}' and source not in ($1, $2)`, [
        'habr',
        'all',
      ]),
    ).toEqual([{ n: 0 }])
  })
})

describe('an erased user who returns', () => {
  test('keeps the old allowance, is not new, and brings no bonus to the owner of a link', async () => {
    const { happens, analytics, sql, allowance } = await setup()
    await happens([start(1), start(2), cart(2), cart(2), erase(2)])

    await happens([start(2, 1), message(2), cart(2)])

    expect(await allowance(1)).toBe(5)
    expect(await allowance(2)).toBe(3)
    const [event] = await sql<{ metadata: unknown }>(
      `select metadata from user_events where user_id = 2 and event_type = 'bot_start'`,
    )
    expect(event?.metadata).toEqual({ source: 'referral', referrer_id: 1, is_new_user: false })
    expect(await analytics.summary(period)).toMatchObject({ new_users: 2, carts: 3 })
    expect((await analytics.cohorts(period)).reduce((sum, week) => sum + week.size, 0)).toBe(2)
  })

  test('who had never sent /start is new by their first one', async () => {
    const { happens, analytics } = await setup()
    await happens([message(2), erase(2), start(2)])

    expect(await analytics.summary(period)).toMatchObject({ new_users: 1 })
  })
})

test('a cart whose sum is unknown is a cart, adds nothing to GMV and is no part of the average', async () => {
  const { happens, analytics } = await setup()
  await happens([message(1), cart(1, null)])
  const unknown = await analytics.summary(period)

  await happens([cart(1, 300), cart(1, 100), cart(1, null)])

  expect(unknown).toMatchObject({ carts: 1, gmv: 0, avg_cart: null, carts_per_user: 1 })
  expect(await analytics.summary(period)).toMatchObject({ carts: 4, gmv: 400, avg_cart: 200, carts_per_user: 4 })
})

test('errors are of messages, one a message at most', async () => {
  const { happens, analytics } = await setup()
  const failure: Given = {
    ...{ kind: 'event', userId: 1, eventType: 'bot_error', id: randomUUID() },
    metadata: { error_type: 'Unknown', error_message: 'x', had_history: false },
  }
  await happens([message(1)], '2026-03-10T09:00:00Z')
  await happens([failure, failure], '2026-03-10T09:00:00Z')
  await happens([message(1)], '2026-03-10T09:01:00Z')

  expect(await analytics.summary(period)).toMatchObject({ messages: 2, errors: 1, error_share: 0.5 })
})

describe('the survey', () => {
  test('pays and counts only users with a cart, once', async () => {
    const { happens, analytics, allowance } = await setup()
    await happens([start(1), message(1), survey(1)])
    const without = [await allowance(1), (await analytics.survey(period)).others.very]

    await happens([cart(1), survey(1), survey(1)])

    expect(without).toEqual([5, 0])
    expect([await allowance(1), (await analytics.survey(period)).others.very]).toEqual([10, 1])
  })

  test('measures PMF by users with two carts who were active in 30 days, and shows the others apart', async () => {
    const { happens, analytics, sql } = await setup()
    await sql(`select ensure_event_partitions('2026-01-01', '2026-03-31')`)
    await happens([message(1), cart(1), cart(1), survey(1)]) // knows the bot
    await happens([message(2), cart(2), survey(2)]) // one cart
    await happens([message(3), cart(3), cart(3)], '2026-02-08T09:00:00Z')
    await happens([survey(3)], '2026-03-10T09:00:00Z') // came back for the survey alone, 30 days later
    await happens([message(4), cart(4), cart(4)], '2026-02-09T09:00:00Z')
    await happens([survey(4)], '2026-03-10T09:00:00Z') // 29 days later
    const counted = async () => {
      const { answers, pmf, others, score } = await analytics.survey(period)
      return { answers, very: pmf.very, others: others.very, share: score?.share }
    }

    expect(await counted()).toEqual({ answers: 2, very: 2, others: 2, share: 1 })

    await happens([message(3)], '2026-03-01T09:00:00Z') // arrives late, and was a session
    await happens([erase(1)])
    expect(await counted()).toEqual({ answers: 3, very: 3, others: 1, share: 1 })
    await sql('select rebuild_all($1)', [timeZone])
    expect(await counted()).toEqual({ answers: 3, very: 3, others: 1, share: 1 })
  })
})

describe('the catalogue of events', () => {
  const valid: Record<EventType, Record<string, unknown>> = {
    bot_start: { source: 'habr', referrer_id: null, is_new_user: true },
    cart_created: {
      ...{
        cart_number: 1,
        items_count: 2,
        total_sum: null,
        scenario: 'search',
        messages_in_session: 1,
        affiliate_tag: null,
        revision: 0,
      },
    },
    cart_limit_reached: { carts_used: 5, cart_limit: 5, days_since_registration: 0, tier: 1 },
    session_start: { day_number: 0, sessions_today: 1, days_since_last_session: null },
    survey_completed: {
      ...{ pmf: 'very', useful_feature: 'cart', feedback: null, carts_before_survey: 1, days_since_registration: 0 },
    },
    product_search: { query: 'молоко', results_count: 0, had_results: false },
    bot_error: { error_type: 'Unknown', error_message: 'x', had_history: false },
  }
  const fits = (type: EventType, metadata: unknown) => catalogue[type].metadata.safeParse(metadata).success

  test.each(eventTypes)('%s takes its keys and no other, each always there', type => {
    expect(fits(type, valid[type])).toBe(true)
    expect(fits(type, { ...valid[type], user_message: 'привет' })).toBe(false)
    for (const key of Object.keys(valid[type])) {
      const { [key]: _, ...rest } = valid[type]
      expect(fits(type, rest), key).toBe(false)
    }
  })

  test('a search without results has none, and feedback is 500 code points at most', () => {
    expect(fits('product_search', { query: 'x', results_count: 0, had_results: true })).toBe(false)
    expect(fits('product_search', { query: 'x', results_count: 1, had_results: false })).toBe(false)
    expect(fits('survey_completed', { ...valid.survey_completed, feedback: '🥕'.repeat(500) })).toBe(true)
    expect(fits('survey_completed', { ...valid.survey_completed, feedback: 'я'.repeat(501) })).toBe(false)
  })

  test('holds for every event that the database builds, on every branch', async () => {
    const { happens, sql } = await setup()
    const twice = randomUUID()
    await happens([start(1), start(1), start(1, 1), start(2, 999), start(3, 1), message(4), start(4)])
    await happens([start(4)], '2026-03-01T09:00:00Z') // waited on disk
    await happens([message(2), message(2)])
    await happens([message(2)], '2026-03-12T09:00:00Z')
    await happens([message(2)], '2026-03-02T09:00:00Z') // a clock that went back
    await happens([{ ...cart(3), id: twice }, { ...cart(3), id: twice }, cart(3, null), cart(3, 0)])
    await happens([cart(3, 99, true)])
    await happens([
      { ...cart(5), affiliateTag: 'vkbot_abc' } as Given,
      survey(5, `${'🥕'.repeat(600)}`),
      survey(5),
      survey(6),
      survey(3),
    ])
    await happens([start(7), cart(7), erase(7), start(7, 1), message(7), cart(7)])

    const rows = await sql<{ event_type: EventType; metadata: Record<string, unknown> }>(
      'select event_type, metadata from user_events order by created_at',
    )

    const metadataOf = (type: EventType) => rows.filter(row => row.event_type === type).map(row => row.metadata)
    for (const { event_type, metadata } of rows)
      expect(catalogue[event_type].metadata.safeParse(metadata).error?.issues, JSON.stringify(metadata)).toBeUndefined()
    expect(metadataOf('bot_start')).toHaveLength(8)
    expect(metadataOf('session_start').length).toBeGreaterThan(3)
    expect(metadataOf('survey_completed').map(m => m.carts_before_survey)).toEqual([1, 3]) // 6 has no cart
    expect(metadataOf('cart_created').map(m => m.total_sum)).toEqual([150.5, null, null, 99, 150.5, 150.5])
  })

  test.each(eventTypes)('the table takes %s', async type => {
    const { sql } = await setup()

    const rows = await sql(
      'insert into user_events (id, user_id, event_type, metadata, created_at) values ($1, 7, $2, $3, $4) returning id',
      [randomUUID(), type, valid[type], now],
    )

    expect(rows).toHaveLength(1)
  })

  test.each([
    ['an event that is none of the seven', 'purchase', {}],
    ['a search that had results without one', 'product_search', { query: 'x', results_count: 0, had_results: true }],
    ['a search that had none with some', 'product_search', { query: 'x', results_count: 2, had_results: false }],
    ['a cart with a negative revision', 'cart_created', { revision: -1 }],
    ['feedback of 501 code points', 'survey_completed', { feedback: '🥕'.repeat(501) }],
  ])('the table refuses %s', async (_, type, metadata) => {
    const { sql } = await setup()

    const insert = sql(
      'insert into user_events (id, user_id, event_type, metadata, created_at) values ($1, 7, $2, $3, $4)',
      [...[randomUUID(), type, metadata, now]],
    )

    await expect(insert).rejects.toMatchObject({ code: '23514' })
  })
})

describe('the two queries of the plan', () => {
  test('run as they are written for a reader, and leave out who the events are of', async () => {
    const { url, sql, happens, analytics } = await setup()
    await sql(`select ensure_event_partitions(now() - interval '1 day', now())`)
    await happens([start(1), message(1), cart(1), start(2, 1)], new Date().toISOString())
    await analytics.refresh()
    const role = `reader_${randomUUID().slice(0, 8)}`
    await createReaders(url, [{ role, password: 'reader-password-of-a-test' }])
    onTestFinished(async () => {
      await sql(`drop owned by ${role}`)
      await sql(`drop role ${role}`)
    })
    const address = new URL(url)
    address.username = role
    address.password = 'reader-password-of-a-test'
    const reader = new pg.Client({ connectionString: address.href })
    await reader.connect()
    onTestFinished(() => reader.end())

    const days = await reader.query(`
SELECT date, dau, new_users, carts_created, total_gmv
FROM daily_stats
WHERE date >= CURRENT_DATE - 7
ORDER BY date;`)
    const sources = await reader.query(`
SELECT
    metadata->>'source' AS source,
    COUNT(*) AS users,
    COUNT(CASE WHEN (metadata->>'is_new_user')::boolean THEN 1 END) AS new_users
FROM user_events
WHERE event_type = 'bot_start'
  AND created_at >= CURRENT_DATE - 30
GROUP BY metadata->>'source'
ORDER BY users DESC;`)

    expect(days.rows.reduce((sum, row) => sum + row.carts_created, 0)).toBe(1)
    expect(sources.rows).toEqual([
      { source: 'habr', users: '1', new_users: '1' },
      { source: 'referral', users: '1', new_users: '1' },
    ])
    expect((await reader.query('select * from user_events')).fields.map(field => field.name)).not.toContain('user_id')
    const { rows } = await reader.query('select distinct jsonb_object_keys(metadata) as key from user_events')
    expect(rows.map(row => row.key)).not.toContain('referrer_id')
  })
})

test('no number is given by the days of another time zone', async () => {
  const { db, happens, analytics } = await setup()
  await happens([start(1)])
  await analytics.refresh()
  const elsewhere = createAnalytics({ db, timeZone: 'Asia/Vladivostok', now: () => now })

  await expect(elsewhere.summary(period)).rejects.toThrow(/ANALYTICS_TZ/)
  await expect(analytics.summary(period)).resolves.toMatchObject({ new_users: 1 })
})
