import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { writeHistory } from '../src/analytics/demo/history.ts'
import { createEventStore } from '../src/events/event-store.ts'
import type { Fact } from '../src/events/facts.ts'
import { createTestDatabase } from './support/database.ts'

// One test per rule that is written in SQL: docs/sql-rules.md says where. `npm run mutation:sql` breaks each rule in a copy
// and expects its test to fail.

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-21T09:00:00Z')
const period = { from: '2026-03-01', to: '2026-03-20' }

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
  /** Stores facts of one instant, each in a batch of its own. */
  const at = async (instant: string, ...facts: readonly Given[]) => {
    for (const given of facts)
      await store.apply({
        id: randomUUID(),
        facts: [{ id: randomUUID(), at: new Date(instant), requestId: 'REQ', ...given } as Fact],
      })
  }
  const user = async (userId: number) =>
    (
      await sql<{ source: string; cart_limit: number; carts_created: number; invited_by: string | null }>(
        'select source, cart_limit, carts_created, invited_by from users where user_id = $1',
        [userId],
      )
    )[0]
  const metadata = async (eventType: string) =>
    (
      await sql<{ metadata: Record<string, unknown> }>(
        'select metadata from user_events where event_type = $1 order by created_at, user_id',
        [eventType],
      )
    ).map(row => row.metadata)
  const stages = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await analytics.funnel(period)).stages.map(({ stage, users }) => [stage, users]))
  return { ...database, url, store, analytics, at, user, metadata, stages }
}

const start = (
  userId: number,
  { source = 'habr', inviter }: { source?: 'habr' | 'vc'; inviter?: number } = {},
): Given => ({
  kind: 'start',
  userId,
  source,
  inviter: inviter === undefined ? null : { userId: inviter },
})
type GivenCart = Extract<Given, { kind: 'cart' }>

const message = (userId: number): Given => ({ kind: 'message', userId })
const cart = (userId: number, totalSum: number | null = 100, id = randomUUID(), revises = false): GivenCart => ({
  kind: 'cart',
  id,
  userId,
  messageFactId: randomUUID(),
  totalSum,
  scenario: 'search',
  affiliateTag: null,
  revises,
  cart: { lines: [], totalMinor: null, link: 'https://vkusvill.ru/?share_basket=1' },
})
const correction = (userId: number, totalSum = 100, id = randomUUID()): Given => cart(userId, totalSum, id, true)
const survey = (userId: number): Given => ({
  kind: 'survey',
  userId,
  pmf: 'very',
  usefulFeature: 'cart',
  feedback: null,
})
const search = (userId: number, query = 'хлеб'): Given => ({
  kind: 'event',
  userId,
  eventType: 'product_search',
  metadata: { query, results_count: 1, had_results: true },
})
const missed = (userId: number, query = 'хлеб'): Given => ({
  kind: 'event',
  userId,
  eventType: 'product_search',
  metadata: { query, results_count: 0, had_results: false },
})
const usage = (userId: number, promptVersion?: string): Given => ({
  kind: 'usage',
  userId,
  calls: 1,
  tokens: 100,
  costRub: 0.065,
  promptVersion,
})
const erase = (userId: number): Given => ({ kind: 'erase', userId })

test('a session starts after a pause of more than 1800 seconds: not after 1800, after 1801', async () => {
  const { at, metadata } = await setup()

  await at('2026-03-10T09:00:00Z', message(7))
  await at('2026-03-10T09:30:00Z', message(7))
  expect(await metadata('session_start')).toHaveLength(1)
  await at('2026-03-10T10:00:01Z', message(7))

  expect(await metadata('session_start')).toMatchObject([{ sessions_today: 1 }, { sessions_today: 2 }])
})

test('a session knows the version of the prompt that answers in it, a new one none before it was asked', async () => {
  const { at, sql } = await setup()
  const version = async () => (await sql('select session_prompt_version as version from users'))[0]?.version

  await at('2026-03-10T09:00:00Z', message(7), usage(7, '0123456789ab'))
  expect(await version()).toBe('0123456789ab')
  await at('2026-03-10T09:10:00Z', message(7))
  expect(await version()).toBe('0123456789ab')
  await at('2026-03-10T10:00:00Z', message(7))

  expect(await version()).toBeNull()
})

test('what a version of the prompt did is counted: sessions once, messages, turns, money, new carts without corrections', async () => {
  const { at, sql, analytics } = await setup()
  const rows = async () => {
    await analytics.refresh()
    return sql(
      'select day::text, prompt_version, sessions, messages, turns, cost_rub::float8, carts from prompt_usage order by 1, 2',
    )
  }

  await at('2026-03-10T09:00:00Z', message(7), { ...cart(7), promptVersion: 'aaaaaaaaaaaa' }, usage(7, 'aaaaaaaaaaaa'))
  await analytics.refresh()
  await at(
    '2026-03-10T09:05:00Z',
    message(7),
    { ...cart(7), revises: true, promptVersion: 'aaaaaaaaaaaa' },
    usage(7, 'aaaaaaaaaaaa'),
  )
  await at('2026-03-10T09:10:00Z', message(7), usage(7, 'bbbbbbbbbbbb'))
  await at('2026-03-10T22:00:00Z', message(7), usage(7, 'bbbbbbbbbbbb'), usage(7), cart(7))
  await analytics.refresh()
  await at('2026-03-11T09:00:00Z', message(7), usage(7, 'bbbbbbbbbbbb'))

  expect(await rows()).toEqual([
    {
      day: '2026-03-10',
      prompt_version: 'aaaaaaaaaaaa',
      sessions: 1,
      messages: 2,
      turns: 2,
      cost_rub: 0.13,
      carts: 1,
    },
    {
      day: '2026-03-10',
      prompt_version: 'bbbbbbbbbbbb',
      sessions: 1,
      messages: 1,
      turns: 1,
      cost_rub: 0.065,
      carts: 0,
    },
    {
      day: '2026-03-11',
      prompt_version: 'bbbbbbbbbbbb',
      sessions: 2,
      messages: 2,
      turns: 2,
      cost_rub: 0.13,
      carts: 0,
    },
  ])
})

test('an experiment counts a user once, squares what they did on all days of the period together, and drops erased users', async () => {
  const { at, analytics, sql } = await setup()
  const prompt = async (days = period) =>
    (await analytics.promptRows(days)).map(({ users, turns, carts, turns_squared, carts_sessions }) => ({
      ...{ users, turns, carts, turns_squared, carts_sessions },
    }))
  const version = 'aaaaaaaaaaaa'
  await at('2026-03-10T09:00:00Z', message(7), usage(7, version), message(8), usage(8, version))
  await at('2026-03-11T09:00:00Z', message(7), { ...cart(7), promptVersion: version }, usage(7, version))
  await analytics.refresh()
  await at('2026-03-12T09:00:00Z', message(7), usage(7, version))
  await analytics.refresh()
  await at('2026-03-12T09:05:00Z', usage(7, version))

  // 7: four turns, one cart, three sessions; 8: one turn, one session
  const both = [{ users: 2, turns: 5, carts: 1, turns_squared: 17, carts_sessions: 3 }]
  await analytics.refresh()
  expect(await prompt()).toEqual(both)
  expect(await prompt({ from: '2026-03-11', to: '2026-03-12' })).toEqual([
    { users: 1, turns: 3, carts: 1, turns_squared: 9, carts_sessions: 2 },
  ])
  expect(await prompt({ from: '2026-03-10', to: '2026-03-11' })).toEqual([
    { users: 2, turns: 3, carts: 1, turns_squared: 5, carts_sessions: 2 },
  ])
  await sql('select rebuild_all($1)', [timeZone])
  expect(await prompt()).toEqual(both)

  await at('2026-03-12T10:00:00Z', message(7), usage(7, version), erase(7))
  await analytics.refresh()
  expect(await prompt()).toEqual([{ users: 1, turns: 1, carts: 0, turns_squared: 1, carts_sessions: 0 }])
})

test('a later /start does not overwrite the first source, an earlier one that arrives late does', async () => {
  const { at, user } = await setup()

  await at('2026-03-10T09:00:00Z', start(7, { source: 'habr' }))
  await at('2026-03-10T09:00:01Z', start(7, { source: 'vc' }))
  expect(await user(7)).toMatchObject({ source: 'habr' })
  await at('2026-03-10T08:00:00Z', start(7, { source: 'vc' }))

  expect(await user(7)).toMatchObject({ source: 'vc' })
})

test('a user is not their own inviter', async () => {
  const { at, user, metadata } = await setup()
  await at('2026-03-10T09:00:00Z', message(7))

  await at('2026-03-10T09:00:01Z', start(7, { inviter: 7 }))

  expect(await user(7)).toMatchObject({ source: 'habr', invited_by: null })
  expect(await metadata('bot_start')).toMatchObject([{ source: 'habr', referrer_id: null }])
})

test('an inviter is paid with the first cart of the invited user, and not again', async () => {
  const { at, user } = await setup()
  const limits: unknown[] = []
  await at('2026-03-10T09:00:00Z', start(1))

  for (const fact of [start(2, { inviter: 1 }), cart(2), cart(2)]) {
    await at('2026-03-10T10:00:00Z', fact)
    limits.push((await user(1))?.cart_limit)
  }

  expect(limits).toEqual([5, 8, 8])
})

test('carts are numbered without gaps, and one delivered again with another time keeps its number', async () => {
  const { at, user, metadata } = await setup()
  const repeated = cart(7)

  await at('2026-03-10T09:00:00Z', repeated)
  await at('2026-03-12T09:00:00Z', repeated)
  await at('2026-03-12T10:00:00Z', cart(7))

  expect((await metadata('cart_created')).map(m => m.cart_number)).toEqual([1, 2])
  expect(await user(7)).toMatchObject({ carts_created: 2 })
})

/** Number and revision of the carts in the order in which they were made. */
const versions = (carts: Record<string, unknown>[]) => carts.map(m => `${m.cart_number}/${m.revision}`)

test('a correction belongs to the cart whose latest version is 1800 seconds old, not to one of 1801', async () => {
  const { at, metadata } = await setup()

  await at('2026-03-10T09:00:00Z', cart(7))
  await at('2026-03-10T09:30:00Z', correction(7))
  await at('2026-03-10T10:00:00Z', correction(7))
  await at('2026-03-10T10:30:01Z', correction(7))

  expect(versions(await metadata('cart_created'))).toEqual(['1/0', '1/1', '1/2', '2/0'])
})

test('a correction takes no allowance and no number, also delivered twice; a cart that corrects nothing takes both', async () => {
  const { at, user, metadata } = await setup()
  const repeated = correction(7)

  await at('2026-03-10T09:00:00Z', correction(7))
  await at('2026-03-10T09:00:01Z', repeated)
  await at('2026-03-10T09:00:02Z', correction(7), repeated)
  await at('2026-03-10T09:00:03Z', cart(7))
  await at('2026-03-12T09:00:00Z', repeated)

  expect(versions(await metadata('cart_created'))).toEqual(['1/0', '1/1', '1/2', '2/0'])
  expect(await user(7)).toMatchObject({ carts_created: 2 })
})

test('a cart answers the messages taken into its answer: delivered again they are done, no others are', async () => {
  const { at, sql } = await setup()
  const [asked, taken, other] = [randomUUID(), randomUUID(), randomUUID()]
  await at('2026-03-10T09:00:00Z', ...[asked, taken, other].map(id => ({ ...message(7), id })))

  await at('2026-03-10T09:00:05Z', { ...cart(7), messageFactId: asked, alsoAnswers: [taken] })

  expect(await sql('select done_messages from users where user_id = 7')).toEqual([{ done_messages: [taken] }])
})

test('which cart a correction belongs to is decided by when they were made, whatever order they arrive in', async () => {
  const { at, user, metadata } = await setup()

  await at('2026-03-10T09:00:00Z', cart(7))
  await at('2026-03-10T09:45:00Z', cart(7))
  await at('2026-03-10T09:50:00Z', cart(7), cart(8))
  await at('2026-03-10T09:55:00Z', correction(7, 3))
  await at('2026-03-10T09:20:00Z', correction(7, 1)) // waited on the disk of another process
  await at('2026-03-10T09:40:00Z', correction(8)) // there was nothing to correct yet

  expect(versions(await metadata('cart_created'))).toEqual(['1/0', '1/1', '2/0', '2/0', '3/0', '1/0', '3/1'])
  expect(await user(7)).toMatchObject({ carts_created: 3 })
})

test('an erased user who returns has the allowance that was left, and no second survey bonus', async () => {
  const { at, user, metadata } = await setup()
  await at('2026-03-10T09:00:00Z', start(7), cart(7), cart(7), survey(7), erase(7))

  await at('2026-03-11T09:00:00Z', start(7), cart(7), survey(7))

  expect(await user(7)).toMatchObject({ cart_limit: 8, carts_created: 1 })
  expect(await metadata('survey_completed')).toEqual([])
})

test('an erased user who returns is not new, and pays no inviter', async () => {
  const { at, user, metadata } = await setup()
  await at('2026-03-10T09:00:00Z', start(1), start(2), erase(2))

  await at('2026-03-11T09:00:00Z', start(2, { inviter: 1 }), cart(2))

  expect(await user(1)).toMatchObject({ cart_limit: 5 })
  expect((await metadata('bot_start')).at(-1)).toMatchObject({ is_new_user: false })
})

test('the survey pays only after a cart, and once', async () => {
  const { at, user } = await setup()
  const limits: unknown[] = []

  for (const fact of [start(7), survey(7), cart(7), survey(7), survey(7)]) {
    await at('2026-03-10T09:00:00Z', fact)
    limits.push((await user(7))?.cart_limit)
  }

  expect(limits).toEqual([5, 5, 5, 10, 10])
})

test('a day begins at midnight of the time zone, and where clocks are set back then, at the first of the two', async () => {
  const { at, analytics, sql } = await setup()
  await at('2026-03-10T20:59:59Z', message(1))
  await at('2026-03-10T21:00:00Z', message(2), message(3))

  const days = await analytics.daily(period)
  const [azores] = await sql<{ at: Date }>(`select day_start('2026-10-25', 'Atlantic/Azores') as at`)

  expect(days.filter(d => d.sessions > 0).map(d => [d.date, d.sessions])).toEqual([
    ['2026-03-10', 1],
    ['2026-03-11', 2],
  ])
  expect(azores?.at).toEqual(new Date('2026-10-25T00:00:00Z'))
})

test('the last cart is offered for 24 hours', async () => {
  const { at, store } = await setup()
  await at('2026-03-10T09:00:00Z', cart(7))
  const isOffered = async (instant: string) => {
    const fact = { kind: 'message', id: randomUUID(), at: new Date(instant), requestId: null, userId: 7 } as const
    return JSON.stringify([...(await store.apply({ id: randomUUID(), facts: [fact] })).values()])
  }

  expect(await isOffered('2026-03-11T08:59:59Z')).toContain('"hasLastCart":true')
  expect(await isOffered('2026-03-11T09:00:00Z')).toContain('"hasLastCart":false')
})

test('retention counts the users of a day one and seven days later', async () => {
  const { at, analytics } = await setup()
  await at('2026-03-02T09:00:00Z', start(1), start(2), start(3))
  await at('2026-03-03T09:00:00Z', message(1), message(2))
  await at('2026-03-09T09:00:00Z', message(3))

  const rows = await analytics.retention(period)

  expect(rows.find(r => r.day === '2026-03-02')).toMatchObject({ cohort: 3, d1: 2, d7: 1 })
  expect(await analytics.summary(period)).toMatchObject({
    retention_d1: { returned: 2, cohort: 3 },
    retention_d7: { returned: 1, cohort: 3 },
  })
})

test('a step of the funnel counts only after the step before it', async () => {
  const { at, stages } = await setup()
  await at('2026-03-10T09:00:00Z', start(1), start(2))
  await at('2026-03-10T09:01:00Z', search(1)) // before the message
  await at('2026-03-10T09:02:00Z', message(1), message(2), cart(2)) // the cart before the search
  await at('2026-03-10T09:03:00Z', search(2))

  expect(await stages()).toMatchObject({ start: 2, message: 2, search: 1, cart: 0 })
})

test('the conversion window has as many days as asked for, and whose window is not over is counted apart', async () => {
  const { at, analytics, sql } = await setup()
  await at('2026-03-10T09:00:00Z', start(1), start(2), message(1))
  await at('2026-03-16T09:00:00Z', search(1), message(2)) // the seventh day
  await at('2026-03-17T09:00:00Z', search(2), cart(1)) // the eighth
  await at('2026-03-15T09:00:00Z', start(3)) // its seven days end with today, the 21st
  const open = async (days: number) =>
    (
      await sql<{ n: number }>('select analytics.funnel_open($1, $2, null, $3, $4)::int as n', [
        period.from,
        period.to,
        days,
        '2026-03-21',
      ])
    )[0]?.n

  const window = await analytics.funnelWindow(period)

  expect(window.stages.map(({ users }) => users)).toEqual([2, 2, 1, 0, 0, 0])
  expect((await analytics.funnel(period)).open).toBe(1)
  expect([await open(6), await open(11), await open(12)]).toEqual([0, 1, 3])

  await at('2026-03-10T10:00:00Z', start(4)) // counted when the others of its day are
  await at('2026-03-17T10:00:00Z', message(4)) // the eighth day
  expect((await analytics.funnelWindow(period)).stages.map(({ users }) => users)).toEqual([3, 2, 1, 0, 0, 0])
})

test('a user active on several days of a period is one active user of it', async () => {
  const { at, analytics } = await setup()
  for (const day of ['05', '08', '12']) await at(`2026-03-${day}T09:00:00Z`, message(7))
  await at('2026-03-10T09:00:00Z', search(7)) // a day without a session

  const active = async (from: string, to: string) => (await analytics.summary({ from, to })).active_users

  expect(await active('2026-03-01', '2026-03-20')).toBe(1)
  expect(await active('2026-03-06', '2026-03-20')).toBe(1)
  expect(await active('2026-03-06', '2026-03-07')).toBe(0)
})

test('DAU is the mean over all days of the period, also those without a session', async () => {
  const { at, analytics } = await setup()
  await at('2026-03-10T09:00:00Z', message(1), message(2))

  expect(await analytics.summary(period)).toMatchObject({ dau_avg: 0.1 })
})

test('the average cart is that of the carts whose sum is known, and an unknown sum is null, never 0', async () => {
  const { at, analytics, metadata } = await setup()
  await at('2026-03-10T09:00:00Z', cart(1, 300), cart(1, null), cart(1, 0))

  expect(await analytics.summary(period)).toMatchObject({ carts: 3, gmv: 300, avg_cart: 300 })
  expect((await metadata('cart_created')).map(m => m.total_sum).sort()).toEqual([300, null, null])
})

test('a cart counts on the day it was made, by the sum of its latest version, also when that one is made after midnight', async () => {
  const { at, analytics, sql } = await setup()
  const ofDay = async (day: string) => {
    const { carts, gmv } = await analytics.summary({ from: day, to: day })
    return { carts, gmv }
  }
  await at('2026-03-10T20:50:00Z', message(7), cart(7, 100))
  expect(await ofDay('2026-03-10')).toEqual({ carts: 1, gmv: 100 })

  await at('2026-03-10T21:10:00Z', correction(7, 300))
  await at('2026-03-10T21:00:00Z', correction(7, 200)) // waited on the disk of another process
  await sql(`insert into user_events (id, user_id, event_type, metadata, created_at)
    values (gen_random_uuid(), 7, 'cart_created', '{"cart_number": 2, "revision": 1}', '2026-03-10T21:20:00Z')`)
  await at('2026-03-10T21:30:00Z', message(7)) // the cart of that version was dropped with its month

  expect(await ofDay('2026-03-10')).toEqual({ carts: 1, gmv: 300 })
  expect(await ofDay('2026-03-11')).toEqual({ carts: 0, gmv: 0 })
})

test('a correction is no step of the funnel, a new cart is', async () => {
  const { at, stages } = await setup()
  await at('2026-03-10T09:00:00Z', message(7))
  await at('2026-03-10T09:02:00Z', cart(7))
  await at('2026-03-10T09:05:00Z', start(7))
  await at('2026-03-10T09:30:30Z', message(7), search(7))

  await at('2026-03-10T09:31:00Z', correction(7))
  expect(await stages()).toMatchObject({ start: 1, message: 1, search: 1, cart: 0 })
  await at('2026-03-10T09:32:00Z', cart(7))

  expect(await stages()).toMatchObject({ start: 1, message: 1, search: 1, cart: 1 })
})

test('what an erased user did stays in the totals, also after a rebuild', async () => {
  const { at, analytics, stages, sql } = await setup()
  await at('2026-03-10T09:00:00Z', start(7))
  await at('2026-03-10T09:01:00Z', message(7), cart(7), survey(7))

  await at('2026-03-10T10:00:00Z', erase(7))

  for (const rebuild of ['select', `select rebuild_all('${timeZone}')`]) {
    await sql(rebuild)
    expect(await analytics.summary(period)).toMatchObject({ new_users: 1, active_users: 1, carts: 1, gmv: 100 })
    expect(await stages()).toMatchObject({ start: 1, message: 1 })
    expect(await analytics.survey(period)).toMatchObject({ others: { very: 1 } })
  }
})

test('a rating counts on the day it was given, the latest of each cart, until its user is erased', async () => {
  const { at, analytics, sql } = await setup()
  const rate = (userId: number, cartNumber: number, rating: string, reason: string | null, instant: string) =>
    sql(`select rate_cart($1, $2, 'REQ', $3, $4, 'aaaaaaaaaaaa', $5)`, [userId, cartNumber, rating, reason, instant])
  const ofDay = (day: string) =>
    sql('select rating, reason, carts::int from analytics.cart_ratings($1, $1) order by 1, 2', [day])
  const up = (carts: number) => ({ rating: 'up', reason: null, carts })
  const wrong = { rating: 'down', reason: 'wrong', carts: 1 }
  const down = { rating: 'down', reason: null, carts: 1 }
  const [nothing, rebuild] = [async () => undefined, () => sql('select rebuild_all($1)', [timeZone])]
  await at('2026-03-10T09:00:00Z', cart(7), cart(7), cart(8))
  await analytics.refresh()

  await rate(7, 1, 'up', null, '2026-03-10T20:59:59Z')
  await rate(7, 2, 'down', 'wrong', '2026-03-10T21:00:00Z')
  await rate(8, 1, 'up', null, '2026-03-10T20:00:00Z')
  for (const count of [nothing, analytics.refresh, analytics.refresh, rebuild]) {
    await count()
    expect([await ofDay('2026-03-10'), await ofDay('2026-03-11')]).toEqual([[up(2)], [wrong]])
  }
  await rate(7, 1, 'down', null, '2026-03-11T09:00:00Z')
  await rate(7, 2, 'down', 'wrong', '2026-03-12T09:00:00Z') // as it is already
  for (const count of [nothing, analytics.refresh, analytics.refresh, rebuild]) {
    await count()
    expect([await ofDay('2026-03-10'), await ofDay('2026-03-11')]).toEqual([[up(1)], [wrong, down]])
  }
  await at('2026-03-12T09:00:00Z', erase(8))
  for (const count of [nothing, rebuild, analytics.refresh]) {
    await count()
    expect([await ofDay('2026-03-10'), await ofDay('2026-03-11')]).toEqual([[], [wrong, down]])
  }
})

test('a synthetic history is in no number once the database has a real user, also after a rebuild', async () => {
  const { url, at, analytics, sql } = await setup()
  const history = { users: 20, days: 20, seed: 4, until: period.to, timeZone, cartLimit: 3, surveyBonus: 2 }
  await writeHistory(url, history, now)
  const [rated] = await analytics.cartRatings(period)
  expect(rated?.carts).toBeGreaterThan(0)
  expect(await analytics.promptRows(period)).not.toEqual([])

  await at('2026-03-10T09:00:00Z', start(9_000_000_123))

  for (const rebuild of ['select', `select rebuild_all('${timeZone}')`]) {
    await sql(rebuild)
    expect(await analytics.summary(period)).toMatchObject({ new_users: 1, active_users: 0, carts: 0, messages: 0 })
    expect(await analytics.cartRatings(period)).toEqual([])
    expect(await analytics.promptRows(period)).toEqual([])
  }
  await sql(`update user_events set request_id = 'REQ'`)
  await sql(
    `select rate_cart(user_id, cart_number, 'REQ', case rating when 'up' then 'down' else 'up' end, null, null, $1)
    from cart_ratings`,
    [now],
  )
  expect(await analytics.cartRatings({ from: period.from, to: '2026-03-21' })).toEqual([])
  expect(await sql('select count(*)::int as n from analytics.user_events')).toEqual([{ n: 1 }])
})

test('an event counts on the day of its instant, also where two days alternate', async () => {
  const { sql } = await setup()
  await sql(`select ensure_event_partitions('2010-11-01', '2010-11-30')`)
  // at 00:01 of the 7th, 02:31 UTC, clocks went back to 23:01 of the 6th
  for (const time of ['07T02:29:30Z', '07T02:30:30Z', '07T03:00:00Z', '07T04:00:00Z', '08T12:00:00Z'])
    await sql(
      `insert into user_events (id, user_id, event_type, metadata, created_at) values (gen_random_uuid(), 7, 'session_start',
        '{"day_number": 0, "sessions_today": 1, "days_since_last_session": null}', $1)`,
      [`2010-11-${time}`],
    )
  const from = async (day: string) =>
    (
      await sql<{ day: string; sessions: number }>(
        `select d.day::text, d.sessions from unnest((look_at_events(array[7], array[$1::date], 'America/St_Johns')).days) d order by 1`,
        [day],
      )
    ).map(row => [row.day, row.sessions])

  const all = [
    ['2010-11-06', 2],
    ['2010-11-07', 2],
    ['2010-11-08', 1],
  ]
  expect(await from('-infinity')).toEqual(all)
  expect(await from('2010-11-06')).toEqual(all)
  expect(await from('2010-11-07')).toEqual(all.slice(1))
})

test('a dropped month does not come back, and a rebuild keeps the totals of its days', async () => {
  const { at, analytics, sql } = await setup()
  await at('2026-02-10T09:00:00Z', start(7), message(7))
  await at('2026-03-10T09:00:00Z', message(7))
  const february = { from: '2026-02-01', to: '2026-02-28' }
  expect(await analytics.summary(february)).toMatchObject({ new_users: 1, active_users: 1 })
  const months = await sql<{ name: string }>(`select name from event_months_before('2026-03-01T00:00:00Z')`)
  expect(months.map(m => m.name)).toEqual(['user_events_2026_01', 'user_events_2026_02'])

  for (const { name } of months) await sql('select drop_event_month($1, $2)', [name, timeZone])
  await sql('select rebuild_all($1)', [timeZone])

  expect(await sql(`select ensure_event_partitions('2026-01-01', '2026-02-28')`)).toEqual([])
  expect(await analytics.summary(february)).toMatchObject({ new_users: 1, active_users: 1 })
})

test('a query of two users is not shown, one of three is', async () => {
  const { at, analytics } = await setup()
  await at('2026-03-10T09:00:00Z', ...[1, 2].map(id => search(id, 'редкое')), ...[1, 2, 3].map(id => search(id)))

  expect((await analytics.searches(period)).frequent.map(row => row.query)).toEqual(['хлеб'])

  await at(
    '2026-03-11T09:00:00Z',
    ...[1, 2, 3].map(id => missed(id, 'тахини')),
    ...[1, 2].map(id => missed(id)),
    search(3),
  )
  expect(await analytics.missingSearches(period)).toEqual([{ query: 'тахини', users: 3, empty: 3 }])
})

test('a user who asks for a query on several days is one user of it, and the days without a result are counted apart', async () => {
  const { at, analytics } = await setup()
  const users = [1, 2, 3]
  const asked = async (from: string, to = '2026-03-20') =>
    (await analytics.searches({ from, to })).frequent.map(row => [row.searches, row.users, row.empty])
  const missing = async (from: string) =>
    (await analytics.missingSearches({ from, to: '2026-03-20' })).map(row => [row.empty, row.users])
  // counted together: the day before is among those that are counted
  for (const [day, fact] of [
    ['03', missed],
    ['05', search],
    ['08', missed],
  ] as const)
    await at(`2026-03-${day}T09:00:00Z`, ...users.map(id => fact(id)))
  expect(await asked('2026-03-01')).toEqual([[9, 3, 6]])
  expect(await missing('2026-03-01')).toEqual([[6, 3]])
  expect(await missing('2026-03-04')).toEqual([[3, 3]])

  // counted later: the day before is looked for in the history
  await at('2026-03-10T09:00:00Z', ...users.map(id => search(id)))
  await asked('2026-03-01')
  await at('2026-03-12T09:00:00Z', ...users.map(id => missed(id)))

  expect(await asked('2026-03-01')).toEqual([[15, 3, 9]])
  expect(await asked('2026-03-09', '2026-03-11')).toEqual([[3, 3, 0]])
  expect(await asked('2026-03-09')).toEqual([[6, 3, 3]])
  expect(await asked('2026-03-11')).toEqual([[3, 3, 3]])
  expect(await missing('2026-03-01')).toEqual([[9, 3]])
  expect(await missing('2026-03-09')).toEqual([[3, 3]])
})

test('the sums of two rows are those of both, without the days that add nothing', async () => {
  const { sql } = await setup()
  const sumsOf = async (...rows: string[]) =>
    (
      await sql<{ sinces: string; sums: string }>(
        'select sinces::text, sums::text from add_sums($1::date[], $2::integer[], $3::date[], $4::integer[])',
        rows,
      )
    ).map(row => [row.sinces, row.sums])

  expect(await sumsOf('{2026-03-02}', '{3}', '{2026-03-02}', '{4}')).toEqual([['{2026-03-02}', '{7}']])
  expect(await sumsOf('{2026-03-02}', '{3}', '{2026-03-02}', '{-3}')).toEqual([['{}', '{}']])
  expect(await sumsOf('{2026-03-02}', '{3}', '{2026-03-01}', '{4}')).toEqual([['{2026-03-01,2026-03-02}', '{7,3}']])
  expect(await sumsOf('{2026-03-01,2026-03-02}', '{1,3}', '{2026-03-01,2026-03-03}', '{2,1}')).toEqual([
    ['{2026-03-01,2026-03-02,2026-03-03}', '{3,4,1}'],
  ])
  expect(await sumsOf('{2026-03-01,2026-03-02}', '{1,3}', '{2026-03-01,2026-03-02}', '{2,0}')).toEqual([
    ['{2026-03-02}', '{3}'],
  ])
  expect(await sumsOf('{}', '{}', '{2026-03-01}', '{2}')).toEqual([['{2026-03-01}', '{2}']])
  expect(await sumsOf('{}', '{}', '{}', '{}')).toEqual([['{}', '{}']])
})

test('a message of a blocked user is not counted', async () => {
  const { at, analytics, sql } = await setup()
  await at('2026-03-10T09:00:00Z', start(7))
  await sql(`update users set blocked_at = '2026-03-10T09:30:00Z'`)

  await at('2026-03-10T09:30:00Z', message(7))

  expect(await analytics.summary(period)).toMatchObject({ messages: 0, active_users: 0 })
})

test('a batch applied again changes nothing', async () => {
  const { store, analytics, sql } = await setup()
  const part = (model: string, tokens: number) => ({ provider: 'gigachat', model, calls: 1, tokens, costRub: 0.25 })
  const models = [part('GigaChat-2', 20), part('GigaChat-2-Max', 30)]
  const usage = { kind: 'usage', userId: 7, calls: 2, tokens: 50, costRub: 0.5, models } as const
  const batch = {
    id: randomUUID(),
    facts: [{ ...usage, id: randomUUID(), at: new Date('2026-03-10T09:00:00Z'), requestId: null }],
  }

  await store.apply(batch)
  await store.apply(batch)

  expect(await analytics.summary(period)).toMatchObject({ tokens: 50, cost_rub: 0.5 })
  expect(await sql('select model, calls, tokens::int from analytics.model_days order by model')).toEqual([
    { model: 'GigaChat-2', calls: 1, tokens: 20 },
    { model: 'GigaChat-2-Max', calls: 1, tokens: 30 },
  ])
})

const searchAt = (userId: number, time: string): Fact => ({
  ...{ kind: 'event', id: randomUUID(), userId, at: new Date(time), requestId: 'REQ', eventType: 'product_search' },
  metadata: { query: 'сыр', results_count: 1, had_results: true },
})

test('a batch of searches applied again is known by its id, a search in another batch by its own', async () => {
  const { store, sql } = await setup()
  const first = searchAt(7, '2026-03-10T09:00:00Z')
  const batch = { id: randomUUID(), facts: [first] }

  expect(await store.apply(batch)).toEqual([{ stored: true }])
  expect(await store.apply(batch)).toEqual([null])
  expect(await store.apply({ id: randomUUID(), facts: [first, searchAt(8, '2026-03-10T09:00:00Z')] })).toEqual([
    { stored: false },
    { stored: true },
  ])
  expect(await sql('select user_id::int from user_events order by 1')).toEqual([{ user_id: 7 }, { user_id: 8 }])
})

test('a search waits behind the deferred erasure of its user, that of another user is stored', async () => {
  const { store, sql } = await setup()
  await sql(`insert into deferred_facts (user_id, fact, is_event, settings) values (7, '{}', false, '{}')`)

  await store.apply({
    id: randomUUID(),
    facts: [searchAt(7, '2026-03-10T09:00:00Z'), searchAt(8, '2026-03-10T09:00:00Z')],
  })

  expect(await sql('select user_id::int from user_events')).toEqual([{ user_id: 8 }])
  expect(await sql('select user_id::int from deferred_facts where is_event')).toEqual([{ user_id: 7 }])
})

test('a search of a bot whose clock runs ahead is stored and counted at the time of the server', async () => {
  const { store, sql } = await setup()

  await store.apply({ id: randomUUID(), facts: [searchAt(7, new Date(Date.now() + 2 * 86_400_000).toISOString())] })

  expect(await sql('select from user_events where created_at <= now()')).toHaveLength(1)
  expect(await sql('select from dirty_days where day <= local_day(now(), $1)', [timeZone])).toHaveLength(1)
})
