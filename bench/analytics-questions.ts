import { addDays, lastWeeks, type Period, parsePeriod } from '../src/analytics/period.ts'
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
  raw: string
}

const moment = (day: string) => `${day} 00:00:00+03`
const raw = (period: Period): RawPeriod => ({
  ...{ period, from: moment(period.from), to: moment(addDays(period.to, 1)), today },
})
const month = parsePeriod('month', until)
const quarter = parsePeriod('90d', until)
const weeks = lastWeeks(12, until)
const days = ({ from, to }: Period) => `'${from}', '${to}'`
const read = (what: string) => `select * from analytics.${what}`

export const questions: readonly AnalyticsQuestion[] = [
  { name: 'summary, month', totals: read(`summary(${days(month)}, '${today}')`), raw: rawSummary(raw(month)) },
  { name: 'summary, 90 days', totals: read(`summary(${days(quarter)}, '${today}')`), raw: rawSummary(raw(quarter)) },
  { name: 'funnel, month', totals: read(`funnel(${days(month)})`), raw: rawFunnel(raw(month), null) },
  { name: 'funnel, 90 days', totals: read(`funnel(${days(quarter)})`), raw: rawFunnel(raw(quarter), null) },
  {
    name: 'funnel of habr, 90 days',
    totals: read(`funnel(${days(quarter)}, 'habr')`),
    raw: rawFunnel(raw(quarter), 'habr'),
  },
  { name: 'sources, month', totals: read(`sources(${days(month)})`), raw: rawSources(raw(month)) },
  { name: 'retention, month', totals: read(`retention(${days(month)}, '${today}')`), raw: rawRetention(raw(month)) },
  { name: 'cohorts, 12 weeks', totals: read(`cohorts(${days(weeks)})`), raw: rawCohorts(raw(weeks)) },
  { name: 'days, month', totals: read(`days(${days(month)})`), raw: rawDays(raw(month)) },
  { name: 'searches, month', totals: read(`searches(${days(month)})`), raw: rawSearches(raw(month)) },
]

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
