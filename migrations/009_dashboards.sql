-- What dashboards show beside the numbers of 006: shares, days as moments, single events without the person they are of.
-- Everything is made of those numbers, so that no panel calculates one by itself.

/* The day of ANALYTICS_TZ a moment lies in, and the moment a day begins. */
create function analytics.local_date(p_at timestamptz) returns date
language sql stable as $$
  select (p_at at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$$;

create function analytics.day_start(p_day date) returns timestamptz
language sql stable as $$
  select p_day::timestamp at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow')
$$;

/*
  Every day of the period with the shares of that day; null where there is nothing to divide by. with_cart: people with a
  cart, conversion: their share of the active ones, cost_share: cost of the model as a share of GMV.
*/
create function analytics.day_numbers(p_from date, p_to date)
returns table (date date, "time" timestamptz, dau integer, new_users integer, sessions integer, carts integer, gmv numeric,
  searches integer, errors integer, messages integer, tokens bigint, cost_rub numeric, avg_cart numeric, with_cart bigint,
  conversion numeric, cost_per_user numeric, cost_share numeric, error_share numeric)
language sql stable as $$
  select d.date, analytics.day_start(d.date), d.dau, d.new_users, d.sessions, d.carts, d.gmv, d.searches, d.errors, d.messages,
    d.tokens, d.cost_rub, d.gmv / nullif(p.priced_carts, 0), c.with_cart, c.with_cart::numeric / nullif(d.dau, 0),
    d.cost_rub / nullif(d.dau, 0), d.cost_rub / nullif(d.gmv, 0), d.errors::numeric / nullif(d.messages, 0)
  from analytics.days(p_from, p_to) d
  left join (select t.day, sum(t.priced_carts) as priced_carts from analytics.day_totals t
    where t.day >= p_from and t.day <= p_to group by t.day) p on p.day = d.date
  cross join lateral (select coalesce(sum(s.with_cart), 0)::bigint as with_cart from analytics.sources(d.date, d.date) s) c
  order by d.date
$$;

/* The funnel with each stage as a share of the one before and of the first, and how many went no further. */
create function analytics.funnel_shares(p_from date, p_to date, p_source text default null)
returns table (step integer, stage text, users bigint, of_previous numeric, of_first numeric, lost bigint)
language sql stable as $$
  select f.step, f.stage, f.users,
    f.users::numeric / nullif(lag(f.users) over steps, 0),
    f.users::numeric / nullif(first_value(f.users) over steps, 0),
    f.users - lead(f.users) over steps
  from analytics.funnel(p_from, p_to, p_source) f
  window steps as (order by f.step)
  order by f.step
$$;

/* The sources with each one's share of the people, the share of its people with a cart, and what a person of it costs. */
create function analytics.source_shares(p_from date, p_to date)
returns table (source text, users bigint, share numeric, new_users bigint, with_cart bigint, conversion numeric,
  first_carts bigint, carts bigint, gmv numeric, cost_rub numeric, cost_per_user numeric)
language sql stable as $$
  select s.source, s.users, s.users / nullif(sum(s.users) over (), 0), s.new_users, s.with_cart,
    s.with_cart::numeric / nullif(s.users, 0), s.first_carts, s.carts, s.gmv, s.cost_rub, s.cost_rub / nullif(s.users, 0)
  from analytics.sources(p_from, p_to) s
  order by s.users desc, s.source
$$;

/* The weekly cohorts with the share that was active in each week, beginning with their own. */
create function analytics.cohort_shares(p_from date, p_to date) returns table (week date, size bigint, active numeric[])
language sql stable as $$
  select c.week, c.size, array(
    select a.n::numeric / nullif(c.size, 0) from unnest(c.active) with ordinality as a (n, week_number) order by a.week_number)
  from analytics.cohorts(p_from, p_to) c
  order by c.week
$$;

/* The share of the people new on a day that came back one and seven days later; null when that day is not over. */
create function analytics.retention_shares(p_from date, p_to date)
returns table (day date, "time" timestamptz, cohort integer, d1 numeric, d7 numeric)
language sql stable as $$
  select r.day, analytics.day_start(r.day), r.cohort, r.d1::numeric / nullif(r.cohort, 0), r.d7::numeric / nullif(r.cohort, 0)
  from analytics.retention(p_from, p_to) r
  order by r.day
$$;

/*
  The newest events of a time, or of one request: what happened, without the person it happened to. References to people and
  everything a person may have put in words is left out; what was searched for is in analytics.searches().
*/
create function analytics.recent_events(p_from timestamptz, p_to timestamptz, p_request_id text default null)
returns table ("time" timestamptz, event_type text, request_id text, details text)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.created_at, e.event_type, e.request_id,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(e.metadata - array['referrer_id', 'feedback', 'query', 'affiliate_tag']) m)
  from user_events e
  where e.created_at >= p_from and e.created_at <= p_to and (p_request_id is null or e.request_id = p_request_id)
  order by e.created_at desc, e.id
  limit 200
$$;

-- What the three stores say of a day, as `npm run reconcile` found it; null: that store does not know the number.
create table reconciliation (
  date date not null,
  number text not null,
  postgres numeric,
  loki numeric,
  prometheus numeric,
  difference numeric,
  cause text,
  checked_at timestamptz not null,
  primary key (date, number)
);

create view analytics.reconciliation as
select date, number, postgres, loki, prometheus, difference, cause, checked_at from reconciliation;
