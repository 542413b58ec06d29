import type { Source } from '../../events/catalogue.ts'
import { addDays, lengthOf, type Period } from '../period.ts'

/**
 * Calculates the numbers from raw rows, in SQL that both PostgreSQL and DuckDB accept: an independent implementation to
 * compare the rollups with. It expects
 *   raw_events (user_id, event_type, created_at, day, total_sum, affiliate_tag, cart_number, revision, query, had_results)
 *   started_users (user_id, started_at, start_day, source); start_day is null for users who are not new
 * with `day` and `start_day` in ANALYTICS_TZ. `from`/`to` bound the moments of the period, `to` excluded.
 */
export interface RawPeriod {
  period: Period
  from: string
  to: string
  today: string
}

const inside = ({ from, to }: RawPeriod, table = '') =>
  `${table}created_at >= timestamptz '${from}' and ${table}created_at < timestamptz '${to}'`

/** Each cart with the moment it was made, and the sum of its latest version. */
export const rawCarts = `
carts as (
  select c.user_id, c.created_at, c.day, v.total_sum, v.affiliate_tag
  from raw_events c
  join (
    select user_id, cart_number, total_sum, affiliate_tag,
      row_number() over (partition by user_id, cart_number order by created_at desc, revision desc) as versions_after
    from raw_events where event_type = 'cart_created'
  ) v on v.user_id = c.user_id and v.cart_number = c.cart_number and v.versions_after = 1
  where c.event_type = 'cart_created' and c.revision = 0
)`

export function rawSummary(at: RawPeriod): string {
  const { period, today } = at
  const over = period.to < today ? period.to : addDays(today, -1)
  const came = (offset: number) => {
    const [first, last] = [addDays(period.from, -offset), addDays(over, -offset)]
    return `
  (select count(*) from started_users where start_day >= date '${first}' and start_day <= date '${last}') as d${offset}_cohort,
  (select count(distinct p.user_id) from started_users p join sessions s on s.user_id = p.user_id and s.day = p.start_day + ${offset}
   where p.start_day >= date '${first}' and p.start_day <= date '${last}' and s.day <= date '${over}') as d${offset}_returned`
  }
  return `
with inside as (select user_id, event_type, day from raw_events where ${inside(at)}),${rawCarts},
made as (select total_sum from carts where ${inside(at)}),
sessions as (select distinct user_id, day from inside where event_type = 'session_start')
select
  (select count(*) from started_users where start_day >= date '${period.from}' and start_day <= date '${period.to}') as new_users,
  (select count(*) from sessions) * 1.0 / ${lengthOf(period)} as dau_avg,
  (select count(distinct user_id) from sessions) as active_users,
  (select count(*) from made) as carts,
  (select coalesce(sum(total_sum), 0) from made) as gmv,
  (select avg(total_sum) from made) as avg_cart,
  (select count(*) from inside where event_type = 'bot_error') as errors,${came(1)},${came(7)}`
}

/** Days that a user has for the steps of the funnel, the day of the /start included. */
const windowDays = 7

const laterSteps = ['session_start', 'product_search', 'cart_created', 'cart_limit_reached', 'survey_completed']
const stepCounts = [1, 2, 3, 4, 5, 6].map(i => `(select count(*) from s${i}) as step${i}`).join(', ')
/** First step: users by their first /start in the period. */
const starters = (at: RawPeriod, source: Source | null) => `
  select user_id, min(created_at) as at, min(day) as day from raw_events where event_type = 'bot_start' and ${inside(at)}
  ${source === null ? '' : `and user_id in (select user_id from started_users where source = '${source}')`}
  group by user_id`
/** The steps s2 to s6 after s1, each at the first of its events that `counts`. */
const followers = (counts: string) =>
  laterSteps
    .map(
      (type, i) => `
s${i + 2} as (select e.user_id, min(e.created_at) as at, min(s.day) as day from raw_events e join s${i + 1} s on s.user_id = e.user_id
  where e.event_type = '${type}' and coalesce(e.revision, 0) = 0 and e.created_at >= s.at and ${counts} group by e.user_id)`,
    )
    .join(',')
const isOpen = ({ today }: RawPeriod) => `day + ${windowDays} > date '${today}'`

export const rawFunnel = (at: RawPeriod, source: Source | null): string => `
with s1 as (${starters(at, source)}),${followers(inside(at, 'e.'))}
select ${stepCounts}, (select count(*) from s1 where ${isOpen(at)}) as open`

/** Users whose window is over, each as far as they came within it. */
export const rawFunnelWindow = (at: RawPeriod, source: Source | null): string => `
with started as (${starters(at, source)}), s1 as (select * from started where not (${isOpen(at)})),${followers(`e.day < s.day + ${windowDays}`)}
select ${stepCounts}`

export const rawSources = (at: RawPeriod): string => `
with active as (select distinct user_id from raw_events where ${inside(at)}),${rawCarts},
known as (select e.user_id, coalesce(p.source, 'organic') as source, p.start_day from active e left join started_users p on p.user_id = e.user_id),
bought as (select user_id, count(*) as carts, coalesce(sum(total_sum), 0) as gmv from carts where ${inside(at)} group by user_id)
select k.source, count(*) as users,
  sum(case when k.start_day >= date '${at.period.from}' and k.start_day <= date '${at.period.to}' then 1 else 0 end) as new_users,
  count(c.user_id) as with_cart, coalesce(sum(c.carts), 0) as carts, coalesce(sum(c.gmv), 0) as gmv
from known k left join bought c on c.user_id = k.user_id
group by k.source
order by users desc, k.source`

/** Also expects the column `campaign` in both: the slug of the /start. */
export const rawCampaigns = (at: RawPeriod, slugs: readonly string[]): string => `
with ${rawCarts.trimStart()},
firsts as (
  select user_id, created_at, total_sum, row_number() over (partition by user_id order by created_at) as ordinal from carts
), slugs as (select * from (values ${slugs.map(slug => `('${slug}')`).join(', ')}) as s (slug))
select s.slug as campaign,
  (select count(*) from raw_events e where e.event_type = 'bot_start' and e.campaign = s.slug and ${inside(at, 'e.')}) as starts,
  (select count(*) from started_users p where p.campaign = s.slug
    and p.start_day >= date '${at.period.from}' and p.start_day <= date '${at.period.to}') as new_users,
  (select count(*) from firsts c join started_users p on p.user_id = c.user_id
    where p.campaign = s.slug and c.ordinal = 1 and ${inside(at, 'c.')}) as first_carts,
  (select count(*) from firsts c join started_users p on p.user_id = c.user_id
    where p.campaign = s.slug and ${inside(at, 'c.')}) as carts,
  (select coalesce(sum(c.total_sum), 0) from firsts c join started_users p on p.user_id = c.user_id
    where p.campaign = s.slug and ${inside(at, 'c.')}) as gmv,
  (select count(*) from firsts c join started_users p on p.user_id = c.user_id
    where p.campaign = s.slug and c.ordinal = 1 and c.created_at < timestamptz '${at.to}') as total_first_carts
from slugs s
order by s.slug`

const monday = (day: string) => `cast(date_trunc('week', cast(${day} as timestamp)) as date)`

export const rawCohorts = (at: RawPeriod): string => `
with cohort as (
  select user_id, start_day, ${monday('start_day')} as week from started_users
  where start_day >= date '${at.period.from}' and start_day <= date '${at.period.to}'
), weeks as (
  select distinct c.week, c.user_id, (${monday('e.day')} - c.week) / 7 as k
  from cohort c join raw_events e on e.user_id = c.user_id and e.day >= c.start_day
  where e.event_type = 'session_start' and ${inside(at, 'e.')}
)
select week, k, count(*) as active from weeks group by week, k
union all
select week, -1, count(*) from cohort group by week
order by 1, 2`

/** Carts, those with a partner mark and GMV: in all, by source, campaign and week of the first /start. Costs are in no event. */
export const rawMoney = (at: RawPeriod, slugs: readonly string[]): string => `
with${rawCarts},
made as (
  select c.affiliate_tag, c.total_sum, coalesce(p.source, 'organic') as source, p.campaign,
    coalesce(cast(${monday('p.start_day')} as varchar), 'none') as week
  from carts c left join started_users p on p.user_id = c.user_id where ${inside(at, 'c.')}
), parts as (
  select 0 as place, 'all' as dimension, 'all' as key, affiliate_tag, total_sum from made
  union all select 1, 'source', source, affiliate_tag, total_sum from made
  union all select 2, 'campaign', campaign, affiliate_tag, total_sum from made
    where campaign in (${slugs.map(slug => `'${slug}'`).join(', ')})
  union all select 3, 'cohort', week, affiliate_tag, total_sum from made
)
select dimension, key, count(*) as carts, count(affiliate_tag) as labelled_carts, coalesce(sum(total_sum), 0) as gmv
from parts group by place, dimension, key
order by place, case when dimension <> 'cohort' then count(*) end desc, key`

export const rawRetention = (at: RawPeriod): string => `
with cohort as (
  select user_id, start_day from started_users where start_day >= date '${at.period.from}' and start_day <= date '${at.period.to}'
), sessions as (select distinct user_id, day from raw_events where event_type = 'session_start' and ${inside(at)})
select c.start_day as day, count(*) as cohort, count(d1.user_id) as d1, count(d7.user_id) as d7
from cohort c
left join sessions d1 on d1.user_id = c.user_id and d1.day = c.start_day + 1 and d1.day < date '${at.today}'
left join sessions d7 on d7.user_id = c.user_id and d7.day = c.start_day + 7 and d7.day < date '${at.today}'
group by c.start_day
order by c.start_day`

export const rawSearches = (at: RawPeriod): string => `
select lower(query) as query, count(*) as searches, count(distinct user_id) as users,
  sum(case when had_results then 0 else 1 end) as empty
from raw_events
where event_type = 'product_search' and ${inside(at)}
group by lower(query)
having count(distinct user_id) >= 3
order by searches desc, query`

export const rawMissingSearches = (at: RawPeriod): string => `
select lower(query) as query, count(distinct user_id) as users, count(*) as empty
from raw_events
where event_type = 'product_search' and not had_results and ${inside(at)}
group by lower(query)
having count(distinct user_id) >= 3
order by users desc, query`

/** Also expects the columns `error_type` and `error_message` in raw_events. */
export const rawErrors = (at: RawPeriod): string => `
select error_type, case when error_message like '%: %' then split_part(error_message, ': ', 1) else 'bot' end as upstream,
  count(*) as errors, count(distinct user_id) as users
from raw_events
where event_type = 'bot_error' and ${inside(at)}
group by 1, 2
order by errors desc, 1, 2`

/** Also expects the columns `pmf` and `carts_before_survey` in raw_events. */
export const rawSurvey = (at: RawPeriod): string => `
with sessions as (select distinct user_id, day from raw_events where event_type = 'session_start'),
answers as (
  select user_id, pmf, carts_before_survey, day from raw_events
  where event_type = 'survey_completed' and carts_before_survey > 0 and created_at < timestamptz '${at.to}'
), known as (
  select a.pmf, case when a.carts_before_survey >= 2 and exists (
    select 1 from sessions s where s.user_id = a.user_id and s.day <= a.day and s.day > a.day - 30) then 1 else 0 end as in_pmf
  from answers a
)
select pmf, in_pmf, count(*) as answers from known group by pmf, in_pmf order by pmf, in_pmf`
