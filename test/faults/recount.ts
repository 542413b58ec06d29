import type { TestDatabase } from '../support/database.ts'
import { until } from './fixture.ts'

const timeZone = 'Europe/Moscow'

/** Each column of daily_stats, counted from the rows it is made of, and how it is counted there. */
const RECOUNT = `
with events as (
  select (created_at at time zone '${timeZone}')::date as date, e.* from user_events e
), firsts as (
  select min(date) as date from events where event_type = 'bot_start' group by user_id
), versions as (
  select *, row_number() over (partition by user_id, metadata ->> 'cart_number' order by created_at, (metadata ->> 'revision')::int) as n
  from events where event_type = 'cart_created'
), carts as (
  select (array_agg(date order by n))[1] as date, (array_agg((metadata ->> 'total_sum')::numeric order by n desc))[1] as total_sum
  from versions group by user_id, metadata ->> 'cart_number'
), counted as (
  select date,
    count(distinct user_id) filter (where event_type = 'session_start') as dau,
    0 as new_users,
    count(*) filter (where event_type = 'session_start') as sessions,
    0 as carts_created, 0::numeric as total_gmv,
    count(*) filter (where event_type = 'product_search') as searches,
    count(*) filter (where event_type = 'bot_error') as errors,
    0 as tokens_used, 0 as tokens_cost_rub, 0 as messages, 0 as llm_calls
  from events group by date
  union all
  select date, 0, 0, 0, count(*), coalesce(sum(total_sum), 0), 0, 0, 0, 0, 0, 0 from carts group by date
  union all
  select date, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0 from firsts group by date
  union all
  select day, 0, 0, 0, 0, 0, 0, 0, sum(tokens), sum(cost_rub), sum(messages), sum(llm_calls) from all_usage group by day
)
select c.key as column, s.date::text as date, c.value::numeric::float8 as recounted, (to_jsonb(s) ->> c.key)::float8 as stored
from (
  select coalesce(d.date, x.date) as date, to_jsonb(x) - 'date' as counts
  from daily_stats d full join (
    select date, sum(dau) as dau, sum(new_users) as new_users, sum(sessions) as sessions,
      sum(carts_created) as carts_created, sum(total_gmv) as total_gmv, sum(searches) as searches, sum(errors) as errors,
      sum(tokens_used) as tokens_used, sum(tokens_cost_rub) as tokens_cost_rub, sum(messages) as messages,
      sum(llm_calls) as llm_calls
    from counted group by date
  ) x using (date)
  where x.date is not null
) r
left join daily_stats s on s.date = r.date
cross join lateral jsonb_each_text(r.counts) c
where c.value::numeric is distinct from (to_jsonb(s) ->> c.key)::numeric`

/** The columns of daily_stats that are not what the rows say; empty when all are. Waits until the totals are up to date. */
export async function recountDays(sql: TestDatabase['sql']): Promise<string[]> {
  await until('no mark is left for the totals', async () => {
    await sql(`select refresh_rollups($1, (now() at time zone $1)::date, 1000)`, [timeZone])
    return (await sql('select from dirty_days limit 1')).length === 0
  })
  const wrong = await sql<{ column: string; date: string; recounted: number; stored: number | null }>(RECOUNT)
  return wrong.map(({ column, date, recounted, stored }) => `${date}: ${column} ${stored}, recounted ${recounted}`)
}
