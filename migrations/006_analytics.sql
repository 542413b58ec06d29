-- The numbers, for every reader alike: chat, report, Grafana, Metabase. Days are those of ANALYTICS_TZ, both ends of a period
-- included. Nothing here names a person; a role with usage on this schema and select on its tables reads all of it.

create view analytics.time_zone as select time_zone from rollup_state;

create function analytics.today() returns date
language sql stable as $$
  select (now() at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$$;

/* One row a day, as far back as there is anything. */
create view analytics.daily as
select date, dau, new_users, sessions, carts_created as carts, total_gmv as gmv, searches, errors, messages, llm_calls,
  tokens_used as tokens, tokens_cost_rub as cost_rub
from daily_stats;

/* One row a day and source of the first /start. */
create view analytics.daily_by_source as
select day, source, sum(new_users) as new_users, sum(dau) as dau, sum(sessions) as sessions, sum(carts) as carts,
  sum(priced_carts) as priced_carts, sum(gmv) as gmv, sum(first_carts) as first_carts, sum(buyers) as buyers,
  sum(searches) as searches, sum(errors) as errors, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
from analytics.day_totals
group by day, source;

/* Every day of the period, those without anything as zeros. */
create function analytics.days(p_from date, p_to date)
returns table (date date, dau integer, new_users integer, sessions integer, carts integer, gmv numeric, searches integer,
  errors integer, messages integer, tokens bigint, cost_rub numeric)
language sql stable as $$
  select d::date, coalesce(s.dau, 0), coalesce(s.new_users, 0), coalesce(s.sessions, 0), coalesce(s.carts, 0),
    coalesce(s.gmv, 0), coalesce(s.searches, 0), coalesce(s.errors, 0), coalesce(s.messages, 0), coalesce(s.tokens, 0),
    coalesce(s.cost_rub, 0)
  from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') d
  left join analytics.daily s on s.date = d::date
  order by d
$$;

/* Different people who did something of a kind in the period; source of their first /start, or all (see analytics.spans). */
create function analytics.people(p_kind text, p_source text, p_from date, p_to date) returns bigint
language sql stable as $$
  select coalesce(sum(n), 0) from analytics.spans
  where kind = p_kind and source = p_source and since >= p_from and since <= p_to and until <= p_to
$$;

/* People new on day d for every d whose day d + p_offset lies in the period and is over, and how many of them came back then. */
create function analytics.returned(p_offset integer, p_from date, p_to date, p_today date, out returned bigint, out cohort bigint)
language sql stable as $$
  select
    (select coalesce(sum(c.active), 0)
      from generate_series(p_from - p_offset, least(p_to, p_today - 1) - p_offset, interval '1 day') d
      join analytics.cohort_days c on c.start_day = d::date and c.day = d::date + p_offset)::bigint,
    (select coalesce(sum(s.new_users), 0) from analytics.daily s
      where s.date between p_from - p_offset and least(p_to, p_today - 1) - p_offset)::bigint
$$;

create function analytics.summary(p_from date, p_to date, p_today date default analytics.today())
returns table (new_users bigint, dau_avg numeric, active_users bigint, retention_d1_returned bigint,
  retention_d1_cohort bigint, retention_d7_returned bigint, retention_d7_cohort bigint, carts bigint, gmv numeric,
  avg_cart numeric, carts_per_user numeric, tokens bigint, cost_rub numeric, cost_per_user numeric, errors bigint,
  messages bigint, error_share numeric)
language sql stable as $$
  select s.new_users, s.dau::numeric / (p_to - p_from + 1), a.active_users, d1.returned, d1.cohort, d7.returned, d7.cohort,
    s.carts, s.gmv, s.gmv / nullif(p.priced_carts, 0), s.carts::numeric / nullif(a.active_users, 0), s.tokens, s.cost_rub,
    s.cost_rub / nullif(a.active_users, 0), s.errors, s.messages, s.errors::numeric / nullif(s.messages, 0)
  from (
      select coalesce(sum(d.new_users), 0) as new_users, coalesce(sum(d.dau), 0) as dau, coalesce(sum(d.carts), 0) as carts,
        coalesce(sum(d.gmv), 0) as gmv, coalesce(sum(d.tokens), 0)::bigint as tokens, coalesce(sum(d.cost_rub), 0) as cost_rub,
        coalesce(sum(d.errors), 0) as errors, coalesce(sum(d.messages), 0) as messages
      from analytics.daily d where d.date >= p_from and d.date <= p_to
    ) s
    cross join (select coalesce(sum(t.priced_carts), 0) as priced_carts from analytics.day_totals t
      where t.day >= p_from and t.day <= p_to) p
    cross join analytics.people('active', 'all', p_from, p_to) as a (active_users) -- in a subquery it would run thrice
    cross join analytics.returned(1, p_from, p_to, p_today) d1
    cross join analytics.returned(7, p_from, p_to, p_today) d7
$$;

create function analytics.funnel(p_from date, p_to date, p_source text default null)
returns table (step integer, stage text, users bigint)
language sql stable as $$
  select s.step, s.stage, analytics.people(s.stage, coalesce(p_source, 'all'), p_from, p_to)
  from (values (1, 'start'), (2, 'message'), (3, 'search'), (4, 'cart'), (5, 'limit'), (6, 'survey')) as s (step, stage)
  order by s.step
$$;

create function analytics.sources(p_from date, p_to date)
returns table (source text, users bigint, new_users bigint, with_cart bigint, first_carts bigint, carts bigint, gmv numeric,
  cost_rub numeric)
language sql stable as $$
  select s.source, s.users, t.new_users, s.with_cart, t.first_carts, t.carts, t.gmv, t.cost_rub
  from (
    select g.source, sum(g.n) filter (where g.kind = 'seen') as users, coalesce(sum(g.n) filter (where g.kind = 'buyer'), 0) as with_cart
    from analytics.spans g
    where g.kind in ('seen', 'buyer') and g.source in (select x.source from analytics.day_totals x where x.day <= p_to and x.day >= p_from)
      and g.since >= p_from and g.since <= p_to and g.until <= p_to
    group by g.source
  ) s
  join (
    select d.source, sum(d.new_users) as new_users, sum(d.first_carts) as first_carts, sum(d.carts) as carts, sum(d.gmv) as gmv,
      sum(d.cost_rub) as cost_rub
    from analytics.day_totals d where d.day >= p_from and d.day <= p_to
    group by d.source
  ) t on t.source = s.source
  where s.users > 0
  order by s.users desc, s.source
$$;

create function analytics.cohorts(p_from date, p_to date) returns table (week date, size bigint, active integer[])
language sql stable as $$
  with monday as (
    select date_trunc('week', p_from::timestamp)::date as day
  ), sizes as (
    select (d.date - m.day) / 7 as week, sum(d.new_users) as size
    from monday m, analytics.daily d where d.date >= p_from and d.date <= p_to
    group by 1 having sum(d.new_users) > 0
  ), weeks as (
    select (c.start_day - m.day) / 7 as week, (c.day - m.day) / 7 as active_week, sum(c.first_in_week)::integer as n
    from monday m, analytics.cohort_days c
    where c.start_day >= p_from and c.start_day <= p_to and c.day <= p_to
    group by 1, 2
  )
  select m.day + 7 * s.week, s.size, array_agg(coalesce(w.n, 0) order by k)
  from monday m
  cross join sizes s
  cross join lateral generate_series(s.week, (p_to - m.day) / 7) as k
  left join weeks w on w.week = s.week and w.active_week = k
  group by m.day, s.week, s.size
  order by s.week
$$;

create function analytics.retention(p_from date, p_to date, p_today date default analytics.today())
returns table (day date, cohort integer, d1 bigint, d7 bigint)
language sql stable as $$
  select d.date, d.new_users,
    case when d.date + 1 <= least(p_to, p_today - 1) then coalesce((select sum(c.active) from analytics.cohort_days c
      where c.start_day = d.date and c.day = d.date + 1), 0) end,
    case when d.date + 7 <= least(p_to, p_today - 1) then coalesce((select sum(c.active) from analytics.cohort_days c
      where c.start_day = d.date and c.day = d.date + 7), 0) end
  from analytics.days(p_from, p_to) d
  order by d.date
$$;

/* Answers of everyone until the end of p_to. */
create function analytics.survey(p_to date) returns table (pmf text, useful_feature text, answers bigint)
language sql stable as $$
  select t.pmf, t.useful_feature, sum(t.n) from analytics.survey_totals t where t.day <= p_to
  group by t.pmf, t.useful_feature having sum(t.n) > 0
  order by t.pmf, t.useful_feature
$$;

/* What was searched for; a query fewer than three people asked is nobody's business. */
create function analytics.searches(p_from date, p_to date)
returns table (query text, searches bigint, people bigint, empty bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.query, sum(s.searches), sum(s.n), sum(s.empty)
  from query_spans s
  where s.since >= p_from and s.since <= p_to and s.until <= p_to
  group by s.query having sum(s.n) >= 3
  order by sum(s.searches) desc, s.query
$$;

/* What is known of one person; no row for somebody unknown. */
create function person_record(p_user bigint)
returns table (user_id bigint, registered_at timestamptz, started_at timestamptz, source text, invited_by bigint,
  invited bigint, last_message_at timestamptz, active_days bigint, sessions bigint, messages bigint, searches bigint,
  errors bigint, carts_created integer, cart_limit integer, gmv numeric, tokens bigint, cost_rub numeric,
  survey_completed_at timestamptz, pmf text, consent_at timestamptz, consent_withdrawn_at timestamptz,
  blocked_at timestamptz, block_reason text)
language sql stable as $$
  select u.user_id, u.registered_at, u.started_at, u.source, u.invited_by,
    (select count(*) from users i where i.invited_by = u.user_id), u.last_message_at, d.active_days, d.sessions, d.messages,
    d.searches, d.errors, u.carts_created, u.cart_limit, d.gmv, d.tokens, d.cost_rub, u.survey_completed_at, a.pmf,
    u.consent_at, u.consent_withdrawn_at, u.blocked_at, u.block_reason
  from users u
  cross join (
    select count(*) filter (where sessions > 0) as active_days, coalesce(sum(sessions), 0) as sessions,
      coalesce(sum(messages), 0) as messages, coalesce(sum(searches), 0) as searches, coalesce(sum(errors), 0) as errors,
      coalesce(sum(gmv), 0) as gmv, coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost_rub), 0) as cost_rub
    from user_days where user_days.user_id = p_user
  ) d
  left join survey_answers a on a.user_id = u.user_id
  where u.user_id = p_user
$$;
