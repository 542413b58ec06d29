import pg from 'pg'
import { usersPerTransaction } from '../src/analytics/analytics-store.ts'
import { timeZone } from './analytics-questions.ts'
import type { BenchContext, BenchResult } from './bench.ts'
import { type Spread, spread } from './measure.ts'
import { measureBackend } from './server-cost.ts'

const day = '2026-06-30'
const REFRESH = `select refresh_rollups('${timeZone}', '${day}', ${usersPerTransaction}) as users`

const ADD_USERS = `
insert into users (user_id, registered_at, started_at, source, cart_limit)
select u, s.at, s.at, (array['organic', 'habr', 'vc', 'telegram', 'referral'])[1 + u % 5], 5
from generate_series($1::bigint, $2::bigint) u
cross join lateral (select '${day} 09:00+03'::timestamptz - (u % 10) * interval '3 days' as at) s`

/** A session and a search of each, a /start of a tenth, a second search of half of them, a cart of a quarter. */
const ADD_EVENTS = `
insert into user_events (id, user_id, event_type, metadata, created_at)
select gen_random_uuid(), u, e.type, e.metadata::jsonb, '${day} 09:00+03'::timestamptz + (u % 36000 + e.n * 7) * interval '1 second'
from generate_series($1::bigint, $2::bigint) u
cross join lateral (values
  (0, 'bot_start', '{"source": "organic", "referrer_id": null, "is_new_user": true}', u % 10 = 0),
  (1, 'session_start', '{"day_number": 1, "sessions_today": 1, "days_since_last_session": null}', true),
  (2, 'product_search', format('{"query": "молоко %s", "results_count": 3, "had_results": true}', u % 500), true),
  (3, 'product_search', format('{"query": "сыр %s", "results_count": 0, "had_results": false}', u % 700), u % 2 = 0),
  (4, 'cart_created', format('{"cart_number": 1, "revision": 0, "items_count": 3, "total_sum": %s, "scenario": "search",
    "messages_in_session": 2, "affiliate_tag": null}', u % 3000), u % 4 = 0)) as e (n, type, metadata, applies)
where e.applies`

const ADD_USAGE = `
insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub)
select u, '${day}', 2, 4, 3000, 1.95 from generate_series($1::bigint, $2::bigint) u`

const SEARCH_AGAIN = `
insert into user_events (id, user_id, event_type, metadata, created_at)
select gen_random_uuid(), u, 'product_search', '{"query": "хлеб", "results_count": 3, "had_results": true}', '${day} 22:00+03'
from generate_series($1::bigint, $2::bigint) u`

const MARK = `
insert into dirty_days (day, users)
select '${day}', array_agg(u) from generate_series($1::bigint, $2::bigint) u group by u / 500`

/** What the aggregator takes for a day of 100,000 users, and for those who wrote since its last run. */
export async function measureCounting(context: BenchContext): Promise<BenchResult[]> {
  const users = context.at({ quick: 200, normal: 100_000 })
  const few = 8
  const { url } = await context.database()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  context.onEnd(() => client.end())
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  await client.query("select ensure_event_partitions($1::date - interval '1 month', $1::date + interval '1 month')", [
    day,
  ])
  let next = 1
  const add = async (count: number, statements: readonly string[]) => {
    for (const statement of statements) await client.query(statement, [next, next + count - 1])
  }
  /** Seconds by the clock and of processor time. */
  const count = async () => {
    const begun = performance.now()
    const us = await measureBackend(pid, async () => {
      for (let taken = usersPerTransaction; taken === usersPerTransaction; ) {
        taken = (await client.query<{ users: number }>(REFRESH)).rows[0]?.users ?? 0
      }
    })
    return { s: (performance.now() - begun) / 1000, cpuS: us / 1e6 }
  }
  const arriving = [ADD_USERS, ADD_EVENTS, ADD_USAGE, MARK]
  // the plans of the connection
  await add(few, arriving)
  await count()
  next += few

  const first: { s: number; cpuS: number }[] = []
  const again: { s: number; cpuS: number }[] = []
  for (let round = 0; round < Math.min(context.rounds, 3); round++) {
    await add(users, arriving)
    await client.query('vacuum analyze') // what was loaded is no work of the count
    first.push(await count())
    await add(users, [SEARCH_AGAIN, MARK])
    await client.query('vacuum analyze')
    again.push(await count())
    next += users
  }
  const aFew: { s: number; cpuS: number }[] = []
  for (let round = 0; round < context.rounds; round++) {
    await add(few, arriving)
    aFew.push(await count())
    next += few
  }
  const row = (what: string, taken: typeof first): BenchResult => ({
    what,
    unit: 's',
    value: spread(taken.map(({ s }) => s)),
    processor: { value: spread(taken.map(({ cpuS }) => cpuS)), unit: 's' },
  })
  const perUser = (taken: typeof first): Spread => spread(taken.map(({ cpuS }) => (cpuS / users) * 1e6))
  const firstRow = row(`a day of ${users.toLocaleString('en-US')} users counted`, first)
  return [
    { ...firstRow, target: { text: 'at most 5 s', met: firstRow.value.median <= 5 } },
    row('the same users after another search of each', again),
    ...[
      ['a day of a user counted, processor time', perUser(first)] as const,
      ['a day of a user counted after another search, processor time', perUser(again)] as const,
    ].map(([what, value]) => ({
      ...{ what, unit: 'µs', value },
      target: { text: 'at most 100 µs', met: value.median <= 100 },
    })),
    {
      what: `a refresh of ${few} users`,
      unit: 'ms',
      value: spread(aFew.map(({ s }) => s * 1000)),
      processor: { value: spread(aFew.map(({ cpuS }) => cpuS * 1000)), unit: 'ms' },
      remark: 'its plans were made by the refresh before',
    },
  ]
}
