import type { TestDatabase } from '../../../test/support/database.ts'
import type { Calendar } from '../demo/calendar.ts'
import type { Life } from '../demo/life.ts'

/** One write to the database: an event, or the usage of a day. */
export interface Arrival {
  life: Life
  eventIndex: number | null
  day: number | null
  block?: number
}

/** All writes of the given lives: events in chronological order, then usage. */
export const arrivals = (lives: readonly Life[]): Arrival[] =>
  lives.flatMap(life => [
    ...life.events.map((_, eventIndex) => ({ life, eventIndex, day: null })),
    ...life.blocks.map((_, block) => ({ life, eventIndex: null, day: null, block })),
    ...[...life.usage.keys()].map(day => ({ life, eventIndex: null, day })),
  ])

const UPSERT_USER = `
insert into users as u (user_id, registered_at, started_at, source, campaign, started_before_erasure, cart_limit)
values ($1, $2, $3, $4, $5, $6, 5)
on conflict (user_id) do update set
  started_at = least(u.started_at, excluded.started_at),
  campaign = case when excluded.started_at < coalesce(u.started_at, 'infinity') then excluded.campaign else u.campaign end,
  source = case when excluded.started_at < coalesce(u.started_at, 'infinity') then excluded.source else u.source end`

const EVENT = `
insert into user_events (id, user_id, event_type, metadata, created_at, campaign) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing`

const BLOCK = 'insert into bot_blocks (user_id, id, at, blocked) values ($1, $2, $3, $4) on conflict do nothing'

const USAGE = `
insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub) values ($1, $2, $3, $4, $5, $6)`

const DAY = `
insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub) values ($1, $2, $3, $4, $5)
on conflict (date) do update set messages = t.messages + excluded.messages, llm_calls = t.llm_calls + excluded.llm_calls,
  tokens_used = t.tokens_used + excluded.tokens_used, tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub`

const MARK = 'insert into dirty_days (day, users) values ($2, array[$1::bigint])'

/** Writes rows as the write path does: with a mark for the user and day. */
export const createDelivery =
  (sql: TestDatabase['sql'], calendar: Calendar) =>
  async (items: readonly Arrival[]): Promise<void> => {
    for (const { life, eventIndex, day, block } of items) {
      const event = life.events[eventIndex ?? -1]
      if (event !== undefined) {
        const starts = event.type === 'bot_start'
        const at = new Date(event.at)
        await sql(UPSERT_USER, [
          life.userId,
          new Date(life.registeredAt),
          starts ? at : null,
          starts ? event.metadata.source : 'organic',
          event.campaign,
          life.erasedBefore,
        ])
        await sql(EVENT, [event.id, life.userId, event.type, event.metadata, at, event.campaign])
        await sql(MARK, [life.userId, calendar.dayAt(calendar.indexAt(event.at))])
      }
      const change = life.blocks[block ?? -1]
      if (change !== undefined) {
        const { id, at, blocked } = change
        await sql(UPSERT_USER, [life.userId, new Date(life.registeredAt), null, 'organic', null, life.erasedBefore])
        await sql(BLOCK, [life.userId, id, new Date(at), blocked])
        await sql(MARK, [life.userId, calendar.dayAt(calendar.indexAt(at))])
      }
      const usage = life.usage.get(day ?? -1)
      if (day !== null && usage !== undefined) {
        const { messages, calls, tokens, costMicro } = usage
        await sql(UPSERT_USER, [life.userId, new Date(life.registeredAt), null, 'organic', null, life.erasedBefore])
        await sql(USAGE, [life.userId, calendar.dayAt(day), messages, calls, tokens, costMicro / 1e6])
        await sql(DAY, [calendar.dayAt(day), messages, calls, tokens, costMicro / 1e6])
        await sql(MARK, [life.userId, calendar.dayAt(day)])
      }
    }
  }

/** Contents of all rollups, normalized, to compare two ways of counting. */
export async function readTotals(sql: TestDatabase['sql']): Promise<Record<string, unknown[]>> {
  const tables = {
    day_totals:
      'select * from analytics.day_totals where (new_users, dau, messages, searches, errors) <> (0, 0, 0, 0, 0)',
    spans: `select * from analytics.spans where sinces <> '{}'`,
    funnel_lags: `select stage, source, start_day, erased, x.* from analytics.funnel_lags
      cross join unnest(sinces, days, ns) as x (since, days, n)`,
    cohort_days: `select * from analytics.cohort_days where start_days <> '{}'`,
    cohort_money: 'select * from analytics.cohort_money where (carts, gmv, cost_rub) <> (0, 0, 0)',
    survey_totals: 'select * from analytics.survey_totals where n <> 0',
    campaign_totals:
      'select * from analytics.campaign_totals where (starts, new_users, carts, messages, cost_rub) <> (0, 0, 0, 0, 0)',
    user_starts: 'select * from user_starts',
    churn_totals: 'select * from analytics.churn_totals where (blocks, unblocks) <> (0, 0)',
    bot_blocks: 'select user_id, id, at, blocked, day, step from bot_blocks',
    queries: 'select query, searches from queries',
    query_days: `select day, query, missed, d.searches, sinces, sums from query_days d left join queries using (query_id)
      where d.searches <> 0`,
    user_searches: `select user_id, day, q.query, id < 0 as missed, count(*)
      from user_days cross join unnest(queries) as x (id) left join queries q on q.query_id = abs(id) group by 1, 2, 3, 4`,
    error_spans: 'select * from analytics.error_spans where (n, errors) <> (0, 0)',
    user_errors: 'select * from user_errors',
    user_days: `select to_jsonb(user_days) - 'queries' from user_days`,
    user_chains: 'select * from user_chains',
    survey_answers: 'select * from survey_answers',
    daily_stats: 'select * from daily_stats',
  }
  const read: Record<string, unknown[]> = {}
  for (const [name, query] of Object.entries(tables)) {
    const rows = await sql<{ row: string }>(`select x::text as row from (${query}) x`)
    read[name] = rows.map(({ row }) => row.replaceAll(/\d+\.\d+/g, sum => String(Number(sum)))).sort() // 4.5 is 4.50
  }
  return read
}
