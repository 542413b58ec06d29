import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createAnalytics } from './analytics.ts'
import { createCalendar } from './demo/calendar.ts'
import { type DemoCampaign, demoCampaigns, unclaimedDemoSlug } from './demo/campaigns.ts'
import { createExpectedNumbers } from './demo/expected.ts'
import { createExpectedCampaigns } from './demo/expected-campaigns.ts'
import { createExpectedMoney } from './demo/expected-money.ts'
import { generateLife } from './demo/life.ts'
import { createRandom } from './demo/random.ts'
import { arrivals, createDelivery, readTotals } from './testing/deliver.ts'
import { rounded } from './testing/numbers.ts'
import { readEverything } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const calendar = createCalendar({ from: '2026-02-20', to: '2026-03-10' }, timeZone)
const periods = [
  { from: '2026-02-20', to: '2026-03-10' },
  { from: '2026-02-26', to: '2026-03-04' },
  { from: '2026-03-03', to: '2026-03-03' },
]

const generateLives = (seed: number, users: number) =>
  Array.from({ length: users }, (_, i) => generateLife(i, { calendar, seed, cartLimit: 1, surveyBonus: 1 }))
const expectedOf = (lives: ReturnType<typeof generateLives>, period: { from: string; to: string }) => {
  const expected = createExpectedNumbers(calendar, period, '2026-03-11')
  for (const life of lives) expected.add(life)
  return expected.result()
}

/** A campaign that is claimed while its users come. */
const claimedLater = { slug: unclaimedDemoSlug, name: 'Кулинария', price_rub: 99.5 }
const withClaimed = (lives: ReturnType<typeof generateLives>, period: { from: string; to: string }) => {
  const claimed: readonly DemoCampaign[] = [...demoCampaigns, claimedLater]
  const campaigns = createExpectedCampaigns(calendar, period, claimed)
  const money = createExpectedMoney(calendar, period, claimed)
  for (const life of lives) {
    campaigns.add(life)
    money.add(life)
  }
  return { campaigns: campaigns.result(), money: money.result() }
}

async function setup() {
  const database = await createTestDatabase(now)
  const analytics = createAnalytics({ db: database.db, timeZone, now: () => now })
  const clear = async () => {
    await database.sql(`truncate bot_blocks, analytics.churn_totals, campaigns, user_starts, analytics.campaign_totals, users, user_events, user_usage, dirty_days, daily_stats, user_firsts, user_days, user_chains,
      survey_answers, queries, user_errors, query_days, analytics.error_spans, analytics.day_totals, analytics.spans, analytics.funnel_lags, analytics.cohort_days, analytics.cohort_money,
      analytics.survey_totals`)
    for (const campaign of demoCampaigns) await analytics.saveCampaign({ ...campaign, exact: true, made_by: 1 })
  }
  await clear()
  return { ...database, analytics, clear, deliver: createDelivery(database.sql, calendar) }
}

test('totals equal the expected values in whatever order events arrive, some twice, and however often they are counted', async () => {
  const { sql, analytics, clear, deliver } = await setup()
  const situation = fc.record({
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    order: fc.integer(),
    counts: fc.integer({ min: 1, max: 8 }),
  })

  await fc.assert(
    fc.asyncProperty(situation, async ({ seed, order, counts }) => {
      await clear()
      const lives = generateLives(seed, 10)
      const random = createRandom(order)
      const shuffled = arrivals(lives)
        .map(arrival => ({ arrival, key: random.next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ arrival }) => arrival)
      const size = Math.ceil(shuffled.length / counts)

      for (let first = 0; first < shuffled.length; first += size) {
        await deliver(shuffled.slice(first, first + size))
        await analytics.refresh()
        if (first === 0) await analytics.saveCampaign({ ...claimedLater, exact: true, made_by: 1 })
      }
      await deliver(shuffled.filter(({ eventIndex }, i) => eventIndex !== null && i % 5 === 0))

      for (const period of periods) {
        const expected = { ...expectedOf(lives, period), ...withClaimed(lives, period) }
        expect(rounded(await readEverything(analytics, period))).toEqual(rounded(expected))
      }
      const counted = await readTotals(sql)
      await sql('select rebuild_all($1)', [timeZone])
      expect(await readTotals(sql)).toEqual(counted)
    }),
    // the example has an income that ends in half a kopeck
    { numRuns: 12, endOnFailure: true, examples: [[{ seed: 185335, order: -2147483632, counts: 3 }]] },
  )
})

test('no step of a funnel has more users than the one before, and days add up to their period', async () => {
  const { analytics, deliver } = await setup()
  await deliver(arrivals(generateLives(3, 30)))

  for (const period of periods) {
    const { stages } = await analytics.funnel(period)
    const users = stages.map(stage => stage.users)
    expect(users.toSorted((a, b) => b - a)).toEqual(users)
    const [summary, days] = [await analytics.summary(period), await analytics.daily(period)]
    for (const key of ['new_users', 'carts', 'gmv', 'tokens', 'cost_rub', 'errors', 'messages'] as const) {
      expect(
        days.reduce((sum, day) => sum + day[key], 0),
        key,
      ).toBeCloseTo(summary[key], 6)
    }
  }
})

test('concurrent counting while events arrive loses nothing and counts nothing twice', async () => {
  const { sql, analytics, deliver } = await setup()
  const lives = generateLives(5, 16)
  const all = arrivals(lives)
  const quarters = [0, 1, 2, 3].map(k => all.filter((_, i) => i % 4 === k))
  let arriving = true

  const counting = [1, 2, 3].map(async () => {
    while (arriving) await analytics.refresh()
  })
  await Promise.all(quarters.map(deliver)).finally(() => {
    arriving = false
  })
  await Promise.all(counting)

  for (const period of periods) {
    expect(rounded(await readEverything(analytics, period))).toEqual(rounded(expectedOf(lives, period)))
  }
  expect(await sql('select from dirty_days')).toEqual([])
})

test('at the edge of the day: 20:59 and 21:01 UTC are different days in Moscow, in every number', async () => {
  const { sql, analytics } = await setup()
  for (const [i, at] of ['2026-03-09T20:59:00Z', '2026-03-09T21:01:00Z'].entries()) {
    await sql(
      `insert into users (user_id, registered_at, started_at, source, cart_limit) values ($1, $2, $2, 'habr', 5)`,
      [i, at],
    )
    for (const type of ['bot_start', 'session_start', 'cart_created']) {
      await sql(
        `insert into user_events (id, user_id, event_type, metadata, created_at)
         values (gen_random_uuid(), $1, $2, '{"total_sum": 100, "cart_number": 1}', $3)`,
        [i, type, at],
      )
    }
    await sql('insert into dirty_days values (local_day($2, $3), array[$1::bigint])', [i, at, timeZone])
  }

  const before = { from: '2026-03-09', to: '2026-03-09' }
  const after = { from: '2026-03-10', to: '2026-03-10' }

  for (const period of [before, after]) {
    const { new_users, active_users, carts } = await analytics.summary(period)
    expect({ new_users, active_users, carts }).toEqual({ new_users: 1, active_users: 1, carts: 1 })
    expect((await analytics.funnel(period)).stages[1]).toEqual({ stage: 'message', users: 1 })
    expect(await analytics.sources(period)).toMatchObject([{ source: 'habr', users: 1, new_users: 1, carts: 1 }])
  }
  expect((await analytics.daily({ from: '2026-03-09', to: '2026-03-10' })).map(day => day.dau)).toEqual([1, 1])
  expect((await analytics.retention({ from: '2026-03-09', to: '2026-03-10' })).map(day => day.cohort)).toEqual([1, 1])
})

test('a day missing or wrong in daily_stats is counted again', async () => {
  const { sql, analytics, deliver } = await setup()
  await deliver(arrivals(generateLives(7, 12)))
  await analytics.refresh()
  const counted = await readTotals(sql)
  await sql(`delete from daily_stats where date = '2026-03-02'`)
  await sql(`update daily_stats set dau = 999 where date = '2026-03-03'`)

  await analytics.rebuild('2026-03-02')
  await analytics.rebuild('2026-03-03')

  expect(await readTotals(sql)).toEqual(counted)
})

test('usage that comes after its day was counted is added to it, once, and a rebuild has it too', async () => {
  const { sql, analytics } = await setup()
  const arrives = async (messages: number) => {
    await sql(`insert into user_usage (user_id, day, messages, cost_rub) values (7, '2026-03-02', $1, 1.5)`, [messages])
    await sql(`insert into dirty_days values ('2026-03-02', '{7}')`)
    await analytics.refresh()
  }
  const counted = async () => ({
    of_user: await sql('select day::text, messages, cost_rub::float8 from user_days where user_id = 7'),
    of_day: await sql('select messages, cost_rub::float8 from analytics.day_totals'),
    waiting: await sql('select from user_usage'),
  })
  const twice = { messages: 5, cost_rub: 3 }
  const expected = { of_user: [{ day: '2026-03-02', ...twice }], of_day: [twice], waiting: [] }

  await arrives(3)
  await arrives(2)
  expect(await counted()).toEqual(expected)
  await sql(`insert into dirty_days values ('2026-03-02', '{7}')`)
  await analytics.refresh()
  expect(await counted()).toEqual(expected)
  await sql('select rebuild_all($1)', [timeZone])
  expect(await counted()).toEqual(expected)
})

test('days without activity while the bot was down have rows of zeros', async () => {
  const { sql, analytics } = await setup()
  await sql(`insert into daily_stats (date, messages) values ('2026-03-07', 4)`)

  await analytics.refresh()

  expect(await sql('select date::text, messages from daily_stats order by date')).toEqual([
    { date: '2026-03-07', messages: 4 },
    ...['2026-03-08', '2026-03-09', '2026-03-10', '2026-03-11'].map(date => ({ date, messages: 0 })),
  ])
})

test('days counted in one time zone are not mixed with those of another', async () => {
  const { db, analytics, deliver } = await setup()
  await deliver(arrivals(generateLives(7, 2)))
  await analytics.refresh()
  const elsewhere = createAnalytics({ db, timeZone: 'Asia/Tokyo', now: () => now })
  await deliver(arrivals(generateLives(8, 1)).filter(({ day }) => day === null))

  await expect(elsewhere.refresh()).rejects.toThrow(/ANALYTICS_TZ/)
})

test('marks are taken for as many users as asked for, each with all of theirs, and the others wait', async () => {
  const { sql } = await setup()
  await sql(
    `insert into dirty_days values ('2026-03-08', '{1, 2, 3}'), ('2026-03-07', '{3, 1}'), ('2026-03-09', '{1, 4}')`,
  )
  const take = async (limit: number) => {
    const [taken] = await sql('select users::text as users, days::text as days, more from take_marks($1, $2)', [
      limit,
      timeZone,
    ])
    return taken
  }

  expect(await take(2)).toEqual({ users: '{1,2}', days: '{2026-03-07,2026-03-08}', more: true })
  expect(await take(2)).toEqual({ users: '{3,4}', days: '{2026-03-07,2026-03-09}', more: false })
  expect(await take(2)).toEqual({ users: null, days: null, more: false })
  expect(await sql('select from dirty_days')).toEqual([])
})

test('marks that came since wait for those that were put back, and are left when these are taken', async () => {
  const { sql } = await setup()
  await sql(`insert into dirty_days values ('2026-03-08', '{1, 2, 3, 4, 5}')`)
  const take = async () => {
    const [taken] = await sql('select users::text as users, more from take_marks(2, $1)', [timeZone])
    return taken
  }

  expect(await take()).toEqual({ users: '{1,2}', more: true })
  await sql(`insert into dirty_days values ('2026-03-08', '{1}')`)
  expect(await take()).toEqual({ users: '{3,4}', more: true })
  expect(await take()).toEqual({ users: '{5}', more: true })
  expect(await take()).toEqual({ users: '{1}', more: false })
})

test('many users of one time are counted as a rebuild counts them', async () => {
  const { sql, analytics } = await setup()
  const at = '2026-03-08T09:00:00Z'
  await sql(`insert into users (user_id, registered_at, cart_limit) select n, $1, 5 from generate_series(1, 600) n`, [
    at,
  ])
  await sql(
    `insert into user_events (id, user_id, event_type, metadata, created_at)
     select gen_random_uuid(), n, type, jsonb_build_object('query', 'сыр ' || n % 7, 'results_count', n % 2, 'had_results', n % 2 = 1),
       $1::timestamptz + n * interval '1 second'
     from generate_series(1, 600) n, unnest(array['session_start', 'product_search']) as type`,
    [at],
  )
  await sql(`insert into dirty_days select '2026-03-08', array_agg(n) from generate_series(1, 600) n`)

  expect(await analytics.refresh()).toBe(600)
  const counted = await readTotals(sql)
  await sql('select rebuild_all($1)', [timeZone])

  expect(counted.user_days).toHaveLength(600)
  expect(counted.queries).toHaveLength(7)
  expect(await readTotals(sql)).toEqual(counted)
})

test('marks that are put back are as old as before, so that what is not counted yet is known', async () => {
  const { sql } = await setup()
  await sql(
    `insert into dirty_days values ('2026-03-08', '{1, 2}', '2026-03-08 12:00Z'), ('2026-03-08', '{2}', '2026-03-08 13:00Z')`,
  )

  await sql('select from take_marks(1, $1)', [timeZone])

  expect(await sql('select users::text as users, marked_at from dirty_days')).toEqual([
    { users: '{2}', marked_at: new Date('2026-03-08T12:00:00Z') },
  ])
})

test('marks beyond a hundred times the limit stay for the next time', async () => {
  const { sql } = await setup()
  await sql(`insert into dirty_days select '2026-03-08', array[n] from generate_series(1, 250) n`)
  const take = async () => {
    const [taken] = await sql('select users::text as users, more from take_marks(1, $1)', [timeZone])
    return taken
  }
  const marks = async () => {
    const [row] = await sql('select sum(cardinality(users))::int as marks from dirty_days')
    return row?.marks
  }

  expect(await take()).toEqual({ users: '{1}', more: true })
  expect(await marks()).toBe(249)
})

test('an erasure takes its user out of the marks of a batch and leaves the others', async () => {
  const { sql } = await setup()
  await sql(`insert into dirty_days values ('2026-03-08', '{1, 2, 3}'), ('2026-03-07', '{2}'), ('2026-03-09', '{4}')`)

  const days = await sql(`select unmark_users('{2}')::text as day order by day`)

  expect(days).toEqual([{ day: '2026-03-07' }, { day: '2026-03-08' }])
  const left = await sql('select day::text as day, users::text as users from dirty_days order by day')
  expect(left.map(({ users }) => String(users).replaceAll(/[{}]/g, '').split(',').sort())).toEqual([['1', '3'], ['4']])
})
