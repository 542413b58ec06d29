import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from '../events/event-store.ts'
import type { CartFact, EraseFact } from '../events/facts.ts'
import { createAnalytics } from './analytics.ts'
import { readTotals } from './testing/deliver.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const days = ['2026-03-09', '2026-03-10'] as const
const period = { from: days[0], to: days[1] }
/** An hour before the midnight between the two days. */
const evening = Date.parse('2026-03-09T20:00:00Z')
const minutesLater = (n: number) => new Date(evening + n * 60_000)

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const clear = () =>
    sql(`truncate users, user_events, last_carts, erased_users, dirty_days, daily_stats, user_firsts, user_days, user_chains,
      analytics.day_totals, analytics.spans, analytics.funnel_lags, analytics.cohort_days, analytics.cohort_money`)
  const happens = (fact: CartFact | EraseFact) => store.apply({ id: randomUUID(), facts: [fact] })
  const numbers = async () => {
    const { carts, gmv, avg_cart } = await analytics.summary(period)
    return { carts, gmv, avg_cart, days: (await analytics.daily(period)).map(day => [day.carts, day.gmv]) }
  }
  return { sql, analytics, clear, happens, numbers }
}

const cart = (userId: number, minute: number, totalSum: number | null, revises = false): CartFact => ({
  kind: 'cart',
  id: randomUUID(),
  userId,
  at: minutesLater(minute),
  requestId: null,
  messageFactId: randomUUID(),
  totalSum,
  scenario: 'search',
  affiliateTag: null,
  revises,
  cart: { lines: [], totalMinor: null, link: 'https://vkusvill.ru/?share_basket=1' },
})
const correction = (userId: number, minute: number, totalSum: number | null) => cart(userId, minute, totalSum, true)
const erase = (userId: number): EraseFact => ({ kind: 'erase', id: randomUUID(), userId, at: now, requestId: null })

test('a correction after midnight changes the day on which the cart was made, and no other', async () => {
  const { happens, numbers, analytics } = await setup()
  await happens(cart(1, 50, 100))
  await happens(correction(1, 65, 250))
  const corrected = await numbers()

  await happens(correction(1, 95, 300))

  expect(corrected).toEqual({
    carts: 1,
    gmv: 250,
    avg_cart: 250,
    days: [
      [1, 250],
      [0, 0],
    ],
  })
  expect(await numbers()).toEqual({
    carts: 1,
    gmv: 300,
    avg_cart: 300,
    days: [
      [1, 300],
      [0, 0],
    ],
  })
  const [source] = await analytics.sources({ from: days[1], to: days[1] })
  expect(source).toMatchObject({ users: 1, with_cart: 0, carts: 0, gmv: 0 })
})

test('a latest version whose sum is unknown leaves the cart without a sum, an earlier one changes nothing', async () => {
  const { happens, numbers } = await setup()
  await happens(cart(1, 0, 100))
  await happens(cart(2, 0, null))
  const before = await numbers()

  await happens(correction(1, 10, null))
  await happens(correction(2, 10, 70))

  expect(before).toMatchObject({ carts: 2, gmv: 100, avg_cart: 100 })
  expect(await numbers()).toMatchObject({ carts: 2, gmv: 70, avg_cart: 70 })
})

test('the latest version is the one made last: one that arrives later and was made before changes nothing', async () => {
  const { happens, numbers } = await setup()
  await happens(cart(1, 50, 100))
  await happens(correction(1, 75, 300))
  await numbers()

  await happens(correction(1, 65, 200))

  expect(await numbers()).toMatchObject({
    carts: 1,
    gmv: 300,
    days: [
      [1, 300],
      [0, 0],
    ],
  })
})

test('a corrected cart of a user who was erased stays in the numbers as it was', async () => {
  const { happens, numbers } = await setup()
  await happens(cart(1, 50, 100))
  await numbers()
  await happens(correction(1, 65, 250))

  await happens(erase(1))
  await happens(correction(1, 70, 900))

  expect(await numbers()).toEqual({
    carts: 2,
    gmv: 1150,
    avg_cart: 575,
    days: [
      [1, 250],
      [1, 900],
    ],
  })
})

test('a day counted again gives the same, and finds a correction whose day was counted alone', async () => {
  const { happens, numbers, analytics, sql } = await setup()
  await happens(cart(1, 50, 100))
  await numbers()
  await happens(correction(1, 65, 250))
  await sql('delete from dirty_days')

  await analytics.rebuild(days[1])

  expect(await numbers()).toMatchObject({
    gmv: 250,
    days: [
      [1, 250],
      [0, 0],
    ],
  })
})

type Version = { user_id: number; cart_number: number; revision: number; day: string; sum: number | null; at: Date }
const VERSIONS = `
select user_id::int, (metadata ->> 'cart_number')::int as cart_number, (metadata ->> 'revision')::int as revision,
  local_day(created_at, $1)::text as day, (metadata ->> 'total_sum')::float8 as sum, created_at as at
from user_events where user_id = any ($2::bigint[])`

/** What the carts of these rows count: the day each was made, and the sum of its latest version. */
function count(rows: readonly Version[]) {
  return rows
    .filter(({ revision }) => revision === 0)
    .map(({ user_id, cart_number, day }) => {
      const versions = rows.filter(row => row.user_id === user_id && row.cart_number === cart_number)
      const [latest] = versions.sort((a, b) => b.at.getTime() - a.at.getTime() || b.revision - a.revision)
      return { day, sum: latest?.sum ?? null }
    })
}

test('whatever is made, corrected, late and erased around midnight, the numbers are those of the latest versions, also counted again', async () => {
  const { sql, analytics, clear, happens, numbers } = await setup()
  const step = fc.oneof(
    { weight: 1, arbitrary: fc.record({ erased: fc.integer({ min: 1, max: 3 }) }) },
    {
      weight: 12,
      arbitrary: fc.record({
        userId: fc.integer({ min: 1, max: 3 }),
        minute: fc.integer({ min: 0, max: 120 }),
        sum: fc.option(fc.integer({ min: 1, max: 900 }), { freq: 4 }),
        revises: fc.integer({ min: 0, max: 3 }).map(n => n > 0),
      }),
    },
    { weight: 3, arbitrary: fc.constant('count' as const) },
  )

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 40 }), async steps => {
      await clear()
      const made: ReturnType<typeof count> = []
      for (const next of steps) {
        if (next === 'count') await analytics.refresh()
        else if ('minute' in next) await happens(cart(next.userId, next.minute, next.sum, next.revises))
        else {
          made.push(...count(await sql<Version>(VERSIONS, [timeZone, [next.erased]])))
          await happens(erase(next.erased))
        }
      }
      made.push(...count(await sql<Version>(VERSIONS, [timeZone, [1, 2, 3]])))

      const sums = made.flatMap(({ sum }) => sum ?? [])
      const total = (values: number[]) => values.reduce((all, sum) => all + sum, 0)
      const { avg_cart, ...found } = await numbers()
      expect(found).toEqual({
        carts: made.length,
        gmv: total(sums),
        days: days.map(day => {
          const ofDay = made.filter(cart => cart.day === day)
          return [ofDay.length, total(ofDay.flatMap(({ sum }) => sum ?? []))]
        }),
      })
      if (sums.length === 0) expect(avg_cart).toBeNull()
      else expect(avg_cart).toBeCloseTo(total(sums) / sums.length, 9)

      const counted = await readTotals(sql)
      // a day before all others would be a new row of zeros
      for (const day of days.filter(day => made.some(cart => cart.day <= day))) await analytics.rebuild(day)
      expect(await readTotals(sql)).toEqual(counted)
      await sql('select rebuild_all($1)', [timeZone])
      expect(await readTotals(sql)).toEqual(counted)
    }),
    { numRuns: 12, endOnFailure: true },
  )
})
