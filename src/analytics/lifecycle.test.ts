import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { silentLog } from '../telemetry/log.ts'
import { createAnalytics } from './analytics.ts'
import { writeHistory } from './demo/history.ts'
import { createLifecycle } from './lifecycle.ts'
import { rounded } from './testing/numbers.ts'
import { readEverything, withoutTimes } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
/** Partitions are months of UTC: the history begins at midnight in Moscow, which is still December there. */
const due = ['user_events_2024_12', 'user_events_2025_01', 'user_events_2025_02']
const whole = { from: '2025-01-01', to: '2026-03-10' }

/** A history of 14 months: at `now` the months until February 2025 are older than 12 months as a whole. */
async function setup() {
  const { url, db, sql } = await createTestDatabase(now)
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const request = { users: 60, days: 434, seed: 2, until: '2026-03-10', timeZone, cartLimit: 2, surveyBonus: 2 }
  await writeHistory(url, request, now)
  const months = async () =>
    (await sql<{ name: string }>(`select name from event_months_before('2025-04-02')`)).map(({ name }) => name)
  const lifecycle = createLifecycle({ url, analytics, timeZone, log: silentLog, now: () => now })
  return { sql, analytics, lifecycle, months }
}
const totals = async (analytics: Parameters<typeof readEverything>[0]) => {
  const { searches: _, missing_searches: __, ...read } = await readEverything(analytics, whole)
  return rounded(withoutTimes(read))
}

test('months older than 12 months are dropped as a whole and once by three bots, and the totals of their days stay, also after a rebuild', async () => {
  const { sql, analytics, lifecycle, months } = await setup()
  const before = await totals(analytics)

  const runs = await Promise.all([lifecycle.run(), lifecycle.run(), lifecycle.run()])
  const after = await totals(analytics)
  await sql('select rebuild_all($1)', [timeZone])

  expect(runs.flatMap(({ dropped }) => dropped).sort()).toEqual(due)
  expect(await months()).toEqual(['user_events_2025_03'])
  expect(after).toEqual(before)
  expect(await totals(analytics)).toEqual(before)
  expect(await lifecycle.run()).toEqual({ archived: [], dropped: [] })
})

test('the first and the last time of each failure are those of events that are still stored', async () => {
  const { sql, analytics, lifecycle } = await setup()
  const fails = async (userId: number, at: string) => {
    await sql(
      `insert into user_events (id, user_id, event_type, metadata, created_at)
       values (gen_random_uuid(), $1, 'bot_error', '{"error_type": "Unknown", "error_message": "redis: down"}', $2)`,
      [userId, at],
    )
    await sql('insert into dirty_days values (local_day($1, $2), array[$3::bigint])', [at, timeZone, userId])
  }
  await sql(
    'insert into users (user_id, registered_at, cart_limit, synthetic) select n, now(), 5, true from generate_series(7, 8) n',
  )
  await fails(7, '2025-02-28T22:30:00Z') // in a month that is dropped, on a day of which a part stays
  await fails(8, '2025-03-05T09:00:00Z')
  await fails(7, '2025-03-07T09:00:00Z')
  await fails(8, '2025-03-09T09:00:00Z')
  await analytics.refresh()
  const stored = () =>
    sql(`select metadata ->> 'error_type' as error_type, error_upstream(metadata) as upstream, min(created_at) as first_at,
      max(created_at) as last_at from user_events where event_type = 'bot_error' group by 1, 2 order by 1, 2`)
  const read = () =>
    sql(`select error_type, upstream, first_at, last_at from analytics.errors($1, $2) order by 1, 2`, [
      whole.from,
      whole.to,
    ])

  expect(await read()).toEqual(await stored())
  await lifecycle.run()
  expect(await read()).toEqual(await stored())
  await sql('select erase_from_rollups(8, $1)', [timeZone])
  await sql('delete from user_events where user_id = 8')
  expect(await read()).toEqual(await stored())
  expect(await read()).toContainEqual({
    ...{ error_type: 'Unknown', upstream: 'redis' },
    ...{ first_at: new Date('2025-03-07T09:00:00Z'), last_at: new Date('2025-03-07T09:00:00Z') },
  })
})

test('what versions of the prompt did for single users is deleted when no experiment is compared over it', async () => {
  const { sql, analytics, lifecycle } = await setup()
  await sql(`insert into prompt_usage (user_id, day, prompt_version, messages) values
    (7, '2026-01-08', 'old', 1), (7, '2026-01-09', 'new', 1)`)

  await lifecycle.run()

  expect(await sql('select prompt_version from prompt_usage where user_id = 7')).toEqual([{ prompt_version: 'new' }])
  expect(await analytics.experiment({ from: '2026-01-09', to: '2026-03-10' })).toMatchObject({ compared_since: null })
  expect(await analytics.experiment({ from: '2026-01-08', to: '2026-03-10' })).toMatchObject({
    compared_since: '2026-01-09',
    versions: [],
  })
})

test('a funnel whose first steps were dropped is still counted right', async () => {
  const { sql, analytics, lifecycle } = await setup()
  const happens = async (type: string, at: string) => {
    await sql(
      `insert into user_events (id, user_id, event_type, metadata, created_at)
       values (gen_random_uuid(), 7, $1, '{"total_sum": 10, "cart_number": 1}', $2)`,
      [type, at],
    )
    await sql(`insert into dirty_days values (local_day($1, $2), '{7}')`, [at, timeZone])
  }
  await sql(`insert into users (user_id, registered_at, started_at, source, cart_limit)
    values (7, '2025-01-10T09:00:00Z', '2025-01-10T09:00:00Z', 'vc', 5)`)
  await happens('bot_start', '2025-01-10T09:00:00Z')
  await happens('session_start', '2025-01-10T09:01:00Z')
  await happens('product_search', '2025-02-10T09:00:00Z')
  const before = await analytics.funnel(whole)
  await lifecycle.run()

  await happens('cart_created', '2026-03-09T09:00:00Z')

  const users = (stages: { users: number }[]) => stages.map(stage => stage.users)
  const expected = users(before.stages).map((n, i) => (i === 3 ? n + 1 : n))
  expect(users((await analytics.funnel(whole)).stages)).toEqual(expected)
})

test('a dropped month does not come back: a late repeat of its events is discarded', async () => {
  const { sql, lifecycle, months } = await setup()
  await lifecycle.run()

  await sql(`select ensure_event_partitions('2025-01-15', '2025-03-15')`)

  expect(await months()).toEqual(['user_events_2025_03'])
  const late = `insert into user_events values (gen_random_uuid(), 7, 'bot_error', '{}', '2025-01-15')`
  await expect(sql(late)).rejects.toMatchObject({ code: '23514' })
})

test('survey texts are deleted with the month of their event, the answers stay', async () => {
  const { sql, analytics, lifecycle } = await setup()
  await sql(`update survey_answers set feedback = 'текст', answered_at = '2025-02-10' where user_id in
    (select user_id from survey_answers limit 1)`)
  const before = (await analytics.survey(whole)).answers

  await lifecycle.run()

  expect(await sql(`select from survey_answers where answered_at < '2025-03-01' and feedback is not null`)).toEqual([])
  expect((await analytics.survey(whole)).answers).toBe(before)
})

test('search queries are deleted with their month, and nothing else deletes them', async () => {
  const { sql, lifecycle } = await setup()
  const later = `select user_id, day, queries from user_days where day >= '2025-03-02' order by user_id, day`
  const kept = await sql(later)

  await lifecycle.run()

  expect(await sql(`select from user_days where day < '2025-03-01' and queries <> '{}'`)).toEqual([])
  expect(await sql(`select from query_days where day < '2025-03-01' or sinces[1] < '2025-03-01'`)).toEqual([])
  expect(await sql('select query, searches::int from queries order by query')).toEqual(
    await sql(`select lower(metadata ->> 'query') as query, count(*)::int as searches from user_events
      where event_type = 'product_search' group by 1 order by 1`),
  )
  expect(kept).not.toEqual([])
  expect(await sql(later)).toEqual(kept)
})
