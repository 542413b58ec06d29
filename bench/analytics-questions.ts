import { addDays, lastWeeks, lengthOf, type Period, parsePeriod } from '../src/analytics/period.ts'
import {
  type RawPeriod,
  rawCarts,
  rawCohorts,
  rawFunnel,
  rawRetention,
  rawSearches,
  rawSources,
  rawSummary,
} from '../src/analytics/testing/raw-sql.ts'

export const timeZone = 'Europe/Moscow'
export const until = '2026-06-30'
const today = addDays(until, 1)

/** One thing an operator asks: from the totals, and from the raw rows in SQL that PostgreSQL and DuckDB both read. */
export interface AnalyticsQuestion {
  name: string
  totals: string
  /** Left out where a scan would take minutes and say nothing new. */
  raw?: string
  /** For DuckDB: from one row a user and day (`user_days`), where these know the answer. */
  daily?: string
}

const moment = (day: string) => `${day} 00:00:00+03`
const raw = (period: Period): RawPeriod => ({
  ...{ period, from: moment(period.from), to: moment(addDays(period.to, 1)), today },
})
const month = parsePeriod('month', until)
const quarter = parsePeriod('90d', until)
const year: Period = { from: addDays(until, -364), to: until }
const weeks = lastWeeks(12, until)
const days = ({ from, to }: Period) => `'${from}', '${to}'`
const read = (what: string) => `select * from analytics.${what}`

const compared: readonly AnalyticsQuestion[] = [
  {
    name: 'summary, month',
    totals: read(`summary(${days(month)}, '${today}')`),
    raw: rawSummary(raw(month)),
    daily: dailySummary(month),
  },
  {
    name: 'summary, 90 days',
    totals: read(`summary(${days(quarter)}, '${today}')`),
    raw: rawSummary(raw(quarter)),
    daily: dailySummary(quarter),
  },
  { name: 'funnel, month', totals: read(`funnel(${days(month)})`), raw: rawFunnel(raw(month), null) },
  { name: 'funnel, 90 days', totals: read(`funnel(${days(quarter)})`), raw: rawFunnel(raw(quarter), null) },
  {
    name: 'funnel of habr, 90 days',
    totals: read(`funnel(${days(quarter)}, 'habr')`),
    raw: rawFunnel(raw(quarter), 'habr'),
  },
  {
    name: 'sources, month',
    totals: read(`sources(${days(month)})`),
    raw: rawSources(raw(month)),
    daily: `
select coalesce(s.source, 'organic') as source, count(distinct d.user_id) as users, sum(d.carts) as carts, sum(d.gmv) as gmv
from user_days d left join started_users s on s.user_id = d.user_id
where d.day between '${month.from}' and '${month.to}' and d.events > 0 group by 1 order by users desc`,
  },
  {
    name: 'retention, month',
    totals: read(`retention(${days(month)}, '${today}')`),
    raw: rawRetention(raw(month)),
    daily: `
select s.start_day as day, count(*) as cohort, count(d1.user_id) as d1, count(d7.user_id) as d7 from started_users s
left join user_days d1 on d1.user_id = s.user_id and d1.day = s.start_day + 1 and d1.sessions > 0 and d1.day <= '${month.to}'
left join user_days d7 on d7.user_id = s.user_id and d7.day = s.start_day + 7 and d7.sessions > 0 and d7.day <= '${month.to}'
where s.start_day between '${month.from}' and '${month.to}' group by 1 order by 1`,
  },
  {
    name: 'cohorts, 12 weeks',
    totals: read(`cohorts(${days(weeks)})`),
    raw: rawCohorts(raw(weeks)),
    daily: `
select date_trunc('week', s.start_day) as week, date_diff('week', date_trunc('week', s.start_day), date_trunc('week', d.day)) as k,
  count(distinct d.user_id) as active
from started_users s join user_days d on d.user_id = s.user_id and d.sessions > 0 and d.day between '${weeks.from}' and '${weeks.to}'
where s.start_day between '${weeks.from}' and '${weeks.to}' group by 1, 2 order by 1, 2`,
  },
  {
    name: 'days, month',
    totals: read(`days(${days(month)})`),
    raw: rawDays(raw(month)),
    daily: `
select day, count(*) filter (where sessions > 0) as dau, sum(carts) as carts, sum(gmv) as gmv, sum(searches) as searches,
  sum(errors) as errors
from user_days where day between '${month.from}' and '${month.to}' group by day order by day`,
  },
  { name: 'searches, month', totals: read(`searches(${days(month)})`), raw: rawSearches(raw(month)) },
]

const ofYear: readonly AnalyticsQuestion[] = [
  { name: 'summary, 365 days', totals: read(`summary(${days(year)}, '${today}')`) },
  { name: 'funnel, 365 days', totals: read(`funnel(${days(year)})`) },
  { name: 'sources, 365 days', totals: read(`sources(${days(year)})`) },
  { name: 'retention, 365 days', totals: read(`retention(${days(year)}, '${today}')`) },
  { name: 'cohorts, 52 weeks', totals: read(`cohorts(${days(lastWeeks(52, until))})`) },
  { name: 'days, 365 days', totals: read(`days(${days(year)})`) },
  { name: 'searches, 365 days', totals: read(`searches(${days(year)})`) },
  { name: 'queries that found nothing, 365 days', totals: read(`missing_searches(${days(year)})`) },
  { name: 'funnel of conversion windows, 365 days', totals: read(`funnel_window(${days(year)}, null, 7, '${today}')`) },
  { name: 'days with their shares, 365 days', totals: read(`day_numbers(${days(year)})`) },
  { name: 'errors, 365 days', totals: read(`errors(${days(year)})`) },
  { name: 'campaigns, 365 days', totals: read(`campaigns(${days(year)})`) },
  { name: 'users who blocked the bot, 365 days', totals: read(`churn(${days(year)})`) },
  { name: 'money, 365 days', totals: read(`unit_economics(${days(year)})`) },
  { name: 'ratings of carts, 365 days', totals: read(`cart_ratings(${days(year)})`) },
  { name: 'experiments, 62 days', totals: read(`experiment(${days({ from: addDays(until, -61), to: until })})`) },
]

export const questions: readonly AnalyticsQuestion[] = [...compared, ...ofYear]

/** The two queries of the plan as they are written there, with the day after the history for CURRENT_DATE. */
export const planned: readonly { name: string; text: string }[] = [
  {
    name: 'the last 7 days',
    text: `select date, dau, new_users, carts_created, total_gmv from daily_stats where date >= date '${today}' - 7 order by date`,
  },
  {
    name: 'sources of traffic',
    text: `
select metadata->>'source' as source, count(*) as users,
  count(case when (metadata->>'is_new_user')::boolean then 1 end) as new_users
from user_events
where event_type = 'bot_start' and created_at >= date '${today}' - 30
group by metadata->>'source' order by users desc`,
  },
]

function dailySummary({ from, to }: Period): string {
  const inside = `day between '${from}' and '${to}'`
  const returned = (offset: number) => `
  (select count(*) from started_users s join user_days d on d.user_id = s.user_id and d.day = s.start_day + ${offset} and d.sessions > 0
   where d.${inside}) as d${offset}_returned`
  return `
select (select count(*) from started_users where start_day between '${from}' and '${to}') as new_users,
  (select count(*) * 1.0 / ${lengthOf({ from, to })} from user_days where sessions > 0 and ${inside}) as dau_avg,
  (select count(distinct user_id) from user_days where sessions > 0 and ${inside}) as active_users,
  (select sum(carts) from user_days where ${inside}) as carts, (select sum(gmv) from user_days where ${inside}) as gmv,
  (select sum(errors) from user_days where ${inside}) as errors,${returned(1)},${returned(7)}`
}

function rawDays({ from, to }: RawPeriod): string {
  return `
with${rawCarts}, made as (
  select day, count(*) as carts, sum(total_sum) as gmv from carts
  where created_at >= timestamptz '${from}' and created_at < timestamptz '${to}' group by day
)
select e.day, count(distinct case when e.event_type = 'session_start' then e.user_id end) as dau,
  coalesce(max(m.carts), 0) as carts, max(m.gmv) as gmv,
  sum(case when e.event_type = 'product_search' then 1 else 0 end) as searches,
  sum(case when e.event_type = 'bot_error' then 1 else 0 end) as errors
from raw_events e left join made m on m.day = e.day
where e.created_at >= timestamptz '${from}' and e.created_at < timestamptz '${to}'
group by e.day order by e.day`
}
