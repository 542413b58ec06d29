-- What the numbers are read from. Every total is the sum of what single people add to it, so a late event, a repeated one
-- and an erasure are small differences, and the order in which events arrive does not matter.
--   public.*     one row a person and day, a person and /start day, …: what a person adds, as it was counted
--   analytics.*  the totals: nobody in particular; rows of `erased` are what people added who were erased since
create schema analytics;

/* The time zone whose days are counted. */
create table rollup_state (
  only_row boolean primary key default true check (only_row),
  time_zone text not null
);

create table user_firsts (
  user_id bigint primary key,
  start_day date,                                 -- of the first /start ever; null for those who wrote without it
  source text not null
);

create table user_days (
  user_id bigint not null,
  day date not null,
  events integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,                  -- carts whose sum is known
  gmv numeric not null,
  first_carts integer not null,
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  previous_seen_day date not null default '-infinity',    -- the day before this one with any event
  previous_active_day date not null default '-infinity',  -- … with a session
  previous_cart_day date not null default '-infinity',
  primary key (user_id, day)
) with (fillfactor = 70);

-- The earliest way through the funnel from the first /start of a day: each step at its first time after the step before.
create table user_chains (
  user_id bigint not null,
  start_day date not null,
  previous_start_day date not null,
  source text not null,
  started_at timestamptz not null,
  message_at timestamptz,
  search_at timestamptz,
  cart_at timestamptz,
  limit_at timestamptz,
  survey_at timestamptz,
  primary key (user_id, start_day)
) with (fillfactor = 70);

create table survey_answers (
  user_id bigint primary key,
  answered_at timestamptz not null,
  day date not null,
  pmf text not null,
  useful_feature text not null,
  feedback text                                   -- leaves with its event after 12 months
);
create index survey_answers_feedback on survey_answers (answered_at) where feedback is not null;

-- What a person searched for on a day. Leaves with its events, and with the person.
create table user_searches (
  user_id bigint not null,
  query text not null,
  day date not null,
  searches integer not null,
  empty integer not null,                         -- those without a result
  previous_day date not null,                     -- the day before this one on which they searched for it
  primary key (user_id, query, day)
) with (fillfactor = 70);

-- The same of all people, in the manner of analytics.spans. Not for every reader: it has queries that only one person asked.
create table query_spans (
  since date not null,
  until date not null,
  query text not null,
  n integer not null,
  searches integer not null,
  empty integer not null,
  primary key (since, until, query) include (n, searches, empty)
) with (fillfactor = 70);

create table analytics.day_totals (
  day date not null,
  source text not null,
  erased boolean not null,
  new_users integer not null,
  dau integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,
  gmv numeric not null,
  first_carts integer not null,
  buyers integer not null,                        -- people with a cart
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  primary key (day, source, erased)
) with (fillfactor = 50);

-- Different people who did something within [a, b]: the sum of n where since >= a and until <= b. For that everyone adds one at
-- (day, day) for each day they did it, and takes one away at (day before, day), the last day they did it before: whatever a
-- and b, one remains for each person with a day inside. A way through the funnel adds one at (start day, day of the step)
-- and takes one away at (previous start day, day of the step) in the same manner: the way that begins with the first /start
-- inside is the one that is left, and it has come as far as the days until b say.
create table analytics.spans (
  kind text not null,                             -- active: a session; seen: any event; buyer: a cart; or a stage of the funnel
  source text not null,                           -- of the first /start, or all
  since date not null,
  until date not null,
  erased boolean not null,
  n integer not null,
  primary key (kind, source, since, until, erased) include (n)  -- read from the index alone: ten times as fast
) with (fillfactor = 70);

create table analytics.cohort_days (
  start_day date not null,
  day date not null,
  erased boolean not null,
  active integer not null,                        -- people new on start_day with a session on day
  first_in_week integer not null,                 -- those for whom it is the first such day of its week
  primary key (start_day, day, erased)
) with (fillfactor = 70);

create table analytics.survey_totals (
  day date not null,
  pmf text not null,
  useful_feature text not null,
  erased boolean not null,
  n integer not null,
  primary key (day, pmf, useful_feature, erased)
);

/* Adds (p_sign 1) or takes away (-1) what these people add to the totals by days, each from their p_froms on. */
create function add_days(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.day_totals as t (day, source, erased, new_users, dau, sessions, carts, priced_carts, gmv, first_carts,
    buyers, searches, errors, messages, llm_calls, tokens, cost_rub)
  select day, source, p_erased, p_sign * sum(new_users), p_sign * sum(dau), p_sign * sum(sessions), p_sign * sum(carts),
    p_sign * sum(priced_carts), p_sign * sum(gmv), p_sign * sum(first_carts), p_sign * sum(buyers), p_sign * sum(searches), p_sign * sum(errors),
    p_sign * sum(messages), p_sign * sum(llm_calls), p_sign * sum(tokens), p_sign * sum(cost_rub)
  from (
    select d.day, f.source, 0 as new_users, (d.sessions > 0)::int as dau, d.sessions, d.carts, d.priced_carts, d.gmv,
      d.first_carts, (d.carts > 0)::int as buyers, d.searches, d.errors, d.messages, d.llm_calls, d.tokens, d.cost_rub
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day
    join user_firsts f on f.user_id = p.user_id
    union all
    select f.start_day, f.source, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_firsts f on f.user_id = p.user_id and f.start_day >= p.from_day
  ) x
  group by day, source
  on conflict (day, source, erased) do update set
    new_users = t.new_users + excluded.new_users,
    dau = t.dau + excluded.dau,
    sessions = t.sessions + excluded.sessions,
    carts = t.carts + excluded.carts,
    priced_carts = t.priced_carts + excluded.priced_carts,
    gmv = t.gmv + excluded.gmv,
    first_carts = t.first_carts + excluded.first_carts,
    buyers = t.buyers + excluded.buyers,
    searches = t.searches + excluded.searches,
    errors = t.errors + excluded.errors,
    messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls,
    tokens = t.tokens + excluded.tokens,
    cost_rub = t.cost_rub + excluded.cost_rub;

  insert into analytics.spans as t (kind, source, since, until, erased, n)
  select g.kind, g.source, e.since, d.day, p_erased, p_sign * sum(e.n)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  join user_firsts f on f.user_id = p.user_id
  cross join lateral (values
    ('active', 'all', d.previous_active_day, d.sessions > 0),
    ('seen', f.source, d.previous_seen_day, d.events > 0),
    ('buyer', f.source, d.previous_cart_day, d.carts > 0)) as g (kind, source, previous_day, applies)
  cross join lateral (values (d.day, 1), (g.previous_day, -1)) as e (since, n)
  where g.applies and e.since > '-infinity'
  group by g.kind, g.source, e.since, d.day
  having sum(e.n) <> 0
  on conflict (kind, source, since, until, erased) do update set n = t.n + excluded.n;

  insert into analytics.cohort_days as t (start_day, day, erased, active, first_in_week)
  select f.start_day, d.day, p_erased, p_sign * count(*),
    p_sign * count(*) filter (where d.previous_active_day < greatest(f.start_day, date_trunc('week', d.day::timestamp)::date))
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  join user_firsts f on f.user_id = p.user_id and f.start_day <= d.day
  where d.sessions > 0
  group by f.start_day, d.day
  on conflict (start_day, day, erased) do update set
    active = t.active + excluded.active, first_in_week = t.first_in_week + excluded.first_in_week;
end $$;

/* The same for the ways through the funnel that begin on these days of these people. */
create function add_chains(p_sign integer, p_users bigint[], p_start_days date[], p_erased boolean, p_tz text) returns void
language sql as $$
  insert into analytics.spans as t (kind, source, since, until, erased, n)
  select g.stage, o.source, e.since, local_day(g.at, p_tz), p_erased, p_sign * sum(e.n)
  from unnest(p_users, p_start_days) as p (user_id, start_day)
  join user_chains c on c.user_id = p.user_id and c.start_day = p.start_day
  cross join lateral (values ('start', c.started_at), ('message', c.message_at), ('search', c.search_at), ('cart', c.cart_at),
    ('limit', c.limit_at), ('survey', c.survey_at)) as g (stage, at)
  cross join lateral (values (c.start_day, 1), (c.previous_start_day, -1)) as e (since, n)
  cross join lateral (values (c.source), ('all')) as o (source)
  where g.at is not null and e.since > '-infinity'
  group by 1, 2, 3, 4
  having sum(e.n) <> 0
  on conflict (kind, source, since, until, erased) do update set n = t.n + excluded.n
$$;

/* The same for survey answers. */
create function add_answers(p_sign integer, p_users bigint[], p_erased boolean) returns void
language sql as $$
  insert into analytics.survey_totals as t (day, pmf, useful_feature, erased, n)
  select day, pmf, useful_feature, p_erased, p_sign * count(*) from survey_answers where user_id = any (p_users)
  group by day, pmf, useful_feature
  on conflict (day, pmf, useful_feature, erased) do update set n = t.n + excluded.n
$$;

/* The same for what these people searched for, one query and day each. */
create function add_searches(p_sign integer, p_users bigint[], p_queries text[], p_days date[]) returns void
language sql as $$
  insert into query_spans as t (since, until, query, n, searches, empty)
  select e.since, s.day, s.query, p_sign * sum(e.n), p_sign * sum(e.searches), p_sign * sum(e.empty)
  from unnest(p_users, p_queries, p_days) as p (user_id, query, day)
  join user_searches s on s.user_id = p.user_id and s.query = p.query and s.day = p.day
  cross join lateral (values (s.day, 1, s.searches, s.empty), (s.previous_day, -1, 0, 0)) as e (since, n, searches, empty)
  where e.since > '-infinity'
  group by e.since, s.day, s.query
  on conflict (since, until, query) do update
    set n = t.n + excluded.n, searches = t.searches + excluded.searches, empty = t.empty + excluded.empty
$$;

/* Takes everything these people searched for out of the totals, and forgets it. */
create function forget_searches(p_users bigint[]) returns void
language plpgsql as $$
declare
  v_users bigint[];
  v_queries text[];
  v_days date[];
begin
  select array_agg(user_id), array_agg(query), array_agg(day) into v_users, v_queries, v_days
  from user_searches where user_id = any (p_users);
  perform add_searches(-1, v_users, v_queries, v_days);
  delete from user_searches where user_id = any (p_users);
end $$;

/* Counts what these people searched for from p_days[i] on. */
create function recount_searches(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_changed user_searches[];
  v_users bigint[];
  v_queries text[];
  v_days date[];
begin
  with counted as (
    select e.user_id, lower(e.metadata ->> 'query') as query, local_day(e.created_at, p_tz) as day, p.day as first_day,
      count(*)::integer as searches, (count(*) filter (where not (e.metadata ->> 'had_results')::boolean))::integer as empty
    from unnest(p_users, p_days) as p (user_id, day)
    join user_events e on e.user_id = p.user_id and e.created_at >= p.day::timestamp at time zone p_tz
    where e.event_type = 'product_search' and e.metadata ->> 'query' is not null
    group by 1, 2, 3, 4
  ), found as (
    select c.user_id, c.query, c.day, c.searches, c.empty,
      coalesce(lag(c.day) over (partition by c.user_id, c.query order by c.day),
        (select max(s.day) from user_searches s where s.user_id = c.user_id and s.query = c.query and s.day < c.first_day),
        '-infinity') as previous_day
    from counted c
  )
  select array_agg(row(f.*)::user_searches), array_agg(f.user_id), array_agg(f.query), array_agg(f.day)
  into v_changed, v_users, v_queries, v_days
  from found f
  left join user_searches s on s.user_id = f.user_id and s.query = f.query and s.day = f.day
  where row(f.*)::user_searches is distinct from s;
  if v_users is null then return; end if;

  perform add_searches(-1, v_users, v_queries, v_days);
  insert into user_searches select (unnest(v_changed)).*
  on conflict (user_id, query, day) do update
    set searches = excluded.searches, empty = excluded.empty, previous_day = excluded.previous_day;
  perform add_searches(1, v_users, v_queries, v_days);
end $$;

/*
  Finds the ways through the funnel of these people again. Steps done before p_days[i] stand as they are; what follows is
  looked for among the person's events from that day on, so that the whole history is never read.
*/
create function recount_chains(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_changed user_chains[];
  v_users bigint[];
  v_start_days date[];
begin
  with people as materialized (
    select p.user_id, p.day, p.day::timestamp at time zone p_tz as since, f.source
    from unnest(p_users, p_days) as p (user_id, day) join user_firsts f on f.user_id = p.user_id
  ), events as materialized (
    select p.user_id,
      array_agg(e.created_at) filter (where e.event_type = 'bot_start') as starts,
      array_agg(e.created_at) filter (where e.event_type = 'session_start') as messages,
      array_agg(e.created_at) filter (where e.event_type = 'product_search') as searches,
      array_agg(e.created_at) filter (where e.event_type = 'cart_created') as carts,
      array_agg(e.created_at) filter (where e.event_type = 'cart_limit_reached') as limits,
      array_agg(e.created_at) filter (where e.event_type = 'survey_completed') as surveys
    from people p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
    where e.event_type <> 'bot_error'
    group by p.user_id
  ), starts as (
    select p.user_id, s.day as start_day,
      coalesce(lag(s.day) over (partition by p.user_id order by s.day),
        (select max(c.start_day) from user_chains c where c.user_id = p.user_id and c.start_day < p.day),
        '-infinity') as previous_start_day,
      p.source, s.at as started_at, p.since
    from people p
    join events e on e.user_id = p.user_id
    cross join lateral (select local_day(t, p_tz) as day, min(t) as at from unnest(e.starts) as t group by 1) s
  ), chains as (
    select user_id, start_day, previous_start_day, source, started_at, since, null::timestamptz as message_at,
      null::timestamptz as search_at, null::timestamptz as cart_at, null::timestamptz as limit_at, null::timestamptz as survey_at
    from starts
    union all
    select c.user_id, c.start_day, c.previous_start_day, p.source, c.started_at, p.since, c.message_at, c.search_at, c.cart_at,
      c.limit_at, c.survey_at
    from people p
    join user_chains c on c.user_id = p.user_id and c.start_day < p.day
    where c.survey_at is null or c.survey_at >= p.since or c.source <> p.source
  ), found as (
    select c.user_id, c.start_day, c.previous_start_day, c.source, c.started_at, m.at as message_at, s.at as search_at,
      k.at as cart_at, l.at as limit_at, v.at as survey_at
    from chains c
    left join events e on e.user_id = c.user_id
    cross join lateral (select case when c.message_at < c.since then c.message_at
      else (select min(t) from unnest(e.messages) as t where t >= c.started_at) end as at) m
    cross join lateral (select case when c.search_at < c.since then c.search_at
      else (select min(t) from unnest(e.searches) as t where t >= m.at) end as at) s
    cross join lateral (select case when c.cart_at < c.since then c.cart_at
      else (select min(t) from unnest(e.carts) as t where t >= s.at) end as at) k
    cross join lateral (select case when c.limit_at < c.since then c.limit_at
      else (select min(t) from unnest(e.limits) as t where t >= k.at) end as at) l
    cross join lateral (select case when c.survey_at < c.since then c.survey_at
      else (select min(t) from unnest(e.surveys) as t where t >= l.at) end as at) v
  )
  select array_agg(row(n.*)::user_chains), array_agg(n.user_id), array_agg(n.start_day)
  into v_changed, v_users, v_start_days
  from found n
  left join user_chains c on c.user_id = n.user_id and c.start_day = n.start_day
  where row(n.*)::user_chains is distinct from c;
  if v_users is null then return; end if;

  perform add_chains(-1, v_users, v_start_days, false, p_tz);
  insert into user_chains select (unnest(v_changed)).*
  on conflict (user_id, start_day) do update set
    previous_start_day = excluded.previous_start_day, source = excluded.source, started_at = excluded.started_at,
    message_at = excluded.message_at, search_at = excluded.search_at, cart_at = excluded.cart_at,
    limit_at = excluded.limit_at, survey_at = excluded.survey_at;
  perform add_chains(1, v_users, v_start_days, false, p_tz);
end $$;

/* Takes over the survey answers these people gave from p_days[i] on. */
create function recount_answers(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_answers survey_answers[];
  v_users bigint[];
begin
  select array_agg(row(a.*)::survey_answers), array_agg(a.user_id) into v_answers, v_users
  from (
    select distinct on (e.user_id) e.user_id, e.created_at, local_day(e.created_at, p_tz), e.metadata ->> 'pmf',
      e.metadata ->> 'useful_feature', e.metadata ->> 'feedback'
    from unnest(p_users, p_days) as p (user_id, day)
    join user_events e on e.user_id = p.user_id and e.created_at >= p.day::timestamp at time zone p_tz
    where e.event_type = 'survey_completed'
    order by e.user_id, e.created_at, e.id
  ) a
  where not exists (select from survey_answers s where s.user_id = a.user_id and s.answered_at <= a.created_at);
  if v_users is null then return; end if;

  perform add_answers(-1, v_users, false);
  insert into survey_answers select (unnest(v_answers)).*
  on conflict (user_id) do update set answered_at = excluded.answered_at, day = excluded.day, pmf = excluded.pmf,
    useful_feature = excluded.useful_feature, feedback = excluded.feedback;
  perform add_answers(1, v_users, false);
end $$;

/* Sets the columns of daily_stats that are counted from events; the others belong to record_facts(). */
create function set_daily_stats(p_days date[]) returns void
language sql as $$
  insert into daily_stats (date, dau, new_users, sessions, carts_created, total_gmv, searches, errors, messages, llm_calls,
    tokens_used, tokens_cost_rub)
  select p.day, coalesce(sum(t.dau), 0), coalesce(sum(t.new_users), 0), coalesce(sum(t.sessions), 0),
    coalesce(sum(t.carts), 0), coalesce(sum(t.gmv), 0), coalesce(sum(t.searches), 0), coalesce(sum(t.errors), 0),
    coalesce(sum(t.messages), 0), coalesce(sum(t.llm_calls), 0), coalesce(sum(t.tokens), 0), coalesce(sum(t.cost_rub), 0)
  from (select distinct unnest(p_days) as day) p left join analytics.day_totals t on t.day = p.day
  where p.day is not null
  group by p.day order by p.day
  on conflict (date) do update set dau = excluded.dau, new_users = excluded.new_users, sessions = excluded.sessions,
    carts_created = excluded.carts_created, total_gmv = excluded.total_gmv, searches = excluded.searches,
    errors = excluded.errors
$$;

/*
  Counts these people again, each from p_days[i] on (a day whose events are all still there), and carries the difference
  into the totals. Every user once. The caller holds the lock of lock_rollups().
*/
create function recount_people(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_froms date[];
  v_start_days date[];
begin
  -- a day changes what the week it lies in and the days after it add; a new first start or source all of the person's days
  select
    array_agg(case when f.user_id is null or f.source <> coalesce(u.source, 'organic')
        or f.start_day is distinct from local_day(u.started_at, p_tz)
      then '-infinity' else date_trunc('week', p.day::timestamp)::date end order by p.ordinality),
    array_agg(distinct f.start_day) || array_agg(distinct local_day(u.started_at, p_tz))
  into v_froms, v_start_days
  from unnest(p_users, p_days) with ordinality as p (user_id, day)
  left join user_firsts f on f.user_id = p.user_id
  left join users u on u.user_id = p.user_id;

  perform add_days(-1, p_users, v_froms, false);

  insert into user_firsts as f (user_id, start_day, source)
  select p.user_id, local_day(u.started_at, p_tz), coalesce(u.source, 'organic')
  from unnest(p_users) as p (user_id) left join users u on u.user_id = p.user_id
  on conflict (user_id) do update set start_day = excluded.start_day, source = excluded.source
  where f.start_day is distinct from excluded.start_day or f.source <> excluded.source;

  insert into user_days (user_id, day, events, sessions, carts, priced_carts, gmv, first_carts, searches, errors, messages,
    llm_calls, tokens, cost_rub)
  select user_id, day, sum(events), sum(sessions), sum(carts), sum(priced_carts), sum(gmv), sum(first_carts), sum(searches),
    sum(errors), sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub)
  from (
    select e.user_id, local_day(e.created_at, p_tz) as day, count(*) as events,
      count(*) filter (where e.event_type = 'session_start') as sessions,
      count(*) filter (where e.event_type = 'cart_created') as carts,
      count((e.metadata ->> 'total_sum')::numeric) filter (where e.event_type = 'cart_created') as priced_carts,
      coalesce(sum((e.metadata ->> 'total_sum')::numeric) filter (where e.event_type = 'cart_created'), 0) as gmv,
      count(*) filter (where e.event_type = 'cart_created' and e.metadata ->> 'cart_number' = '1') as first_carts,
      count(*) filter (where e.event_type = 'product_search') as searches,
      count(*) filter (where e.event_type = 'bot_error') as errors,
      0 as messages, 0 as llm_calls, 0 as tokens, 0 as cost_rub
    from unnest(p_users, p_days) as p (user_id, day)
    join user_events e on e.user_id = p.user_id and e.created_at >= p.day::timestamp at time zone p_tz
    group by 1, 2
    union all
    select g.user_id, g.day, 0, 0, 0, 0, 0, 0, 0, 0, g.messages, g.llm_calls, g.tokens, g.cost_rub
    from unnest(p_users, p_days) as p (user_id, day)
    join user_usage g on g.user_id = p.user_id and g.day >= p.day
  ) x
  group by user_id, day
  on conflict (user_id, day) do update set events = excluded.events, sessions = excluded.sessions, carts = excluded.carts,
    priced_carts = excluded.priced_carts, gmv = excluded.gmv, first_carts = excluded.first_carts,
    searches = excluded.searches, errors = excluded.errors, messages = excluded.messages, llm_calls = excluded.llm_calls,
    tokens = excluded.tokens, cost_rub = excluded.cost_rub;

  update user_days d
  set previous_seen_day = x.seen, previous_active_day = x.active, previous_cart_day = x.cart
  from (
    select d.user_id, d.day,
      coalesce(max(d.day) filter (where d.events > 0) over before, seen.day, '-infinity') as seen,
      coalesce(max(d.day) filter (where d.sessions > 0) over before, active.day, '-infinity') as active,
      coalesce(max(d.day) filter (where d.carts > 0) over before, cart.day, '-infinity') as cart
    from unnest(p_users, p_days) as p (user_id, day)
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.events > 0
      order by b.day desc limit 1) seen on true
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.sessions > 0
      order by b.day desc limit 1) active on true
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.carts > 0
      order by b.day desc limit 1) cart on true
    join user_days d on d.user_id = p.user_id and d.day >= p.day
    window before as (partition by d.user_id order by d.day rows between unbounded preceding and 1 preceding)
  ) x
  where d.user_id = x.user_id and d.day = x.day
    and (d.previous_seen_day, d.previous_active_day, d.previous_cart_day) is distinct from (x.seen, x.active, x.cart);

  perform add_days(1, p_users, v_froms, false);
  perform recount_chains(p_users, p_days, p_tz);
  perform recount_answers(p_users, p_days, p_tz);
  perform recount_searches(p_users, p_days, p_tz);
  perform set_daily_stats(v_start_days || array(
    select distinct d.day from unnest(p_users, p_days) as p (user_id, day)
    join user_days d on d.user_id = p.user_id and d.day >= p.day));
end $$;

/* The same for however many people, from one day on: what a portion of them did fits into an array. */
create function recount_from(p_users bigint[], p_day date, p_tz text) returns void
language plpgsql as $$
declare
  v_portion bigint[];
begin
  for i in 1 .. coalesce(cardinality(p_users), 0) by 100000 loop
    v_portion := p_users[i : i + 99999];
    perform recount_people(v_portion, array_fill(p_day, array[cardinality(v_portion)]), p_tz);
  end loop;
end $$;

/* One at a time changes the totals, and only by days of one time zone. */
create function lock_rollups(p_tz text) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
  insert into rollup_state (time_zone) values (p_tz) on conflict do nothing;
  if not exists (select from rollup_state where time_zone = p_tz) then
    raise exception 'days are counted in another time zone' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $$;

/* The first day of which no event was dropped. */
create function first_whole_day(p_tz text) returns date
language sql stable as $$
  select coalesce((select local_day(oldest_kept - interval '1 microsecond', p_tz) + 1 from event_horizon), '-infinity')
$$;

/*
  Brings the totals up to date with what was stored about the people of p_limit marks: with all the marks they have, so that
  nobody is counted once for each of a burst. Returns how many marks it took. Marks are rows of their own, committed with
  the events they stand for: whatever mark is seen here, its events are seen by what follows.
*/
create function refresh_rollups(p_tz text, p_today date, p_limit integer) returns integer
language plpgsql as $$
declare
  v_users bigint[];
  v_days date[];
  v_taken integer;
begin
  if exists (select from dirty_days) then
    perform lock_rollups(p_tz);
    with taken as (
      delete from dirty_days
      where user_id in (select user_id from dirty_days limit p_limit)
      returning user_id, day
    ), people as (
      select user_id, min(day) as day from taken where day >= first_whole_day(p_tz) group by user_id
    )
    select (select count(*) from taken), array_agg(user_id), array_agg(day) into v_taken, v_users, v_days from people;
    if v_users is not null then perform recount_people(v_users, v_days, p_tz); end if;
  end if;

  if not exists (select from daily_stats where date = p_today) or v_taken > 0 then
    insert into daily_stats (date)
    select d::date from generate_series((select least(min(date), p_today) from daily_stats), p_today, interval '1 day') d
    where not exists (select from daily_stats s where s.date = d::date)
    on conflict do nothing;
  end if;
  return coalesce(v_taken, 0);
end $$;

/* Counts one day again: everyone who has anything on it. */
create function rebuild_day(p_day date, p_tz text) returns void
language plpgsql as $$
declare
  v_users bigint[];
begin
  perform lock_rollups(p_tz);
  if p_day >= first_whole_day(p_tz) then
    select array_agg(user_id) into v_users from (
      select user_id from user_events
      where created_at >= p_day::timestamp at time zone p_tz and created_at < (p_day + 1)::timestamp at time zone p_tz
      union select user_id from user_days where day = p_day
      union select user_id from user_usage where day = p_day
      union select user_id from users
      where started_at >= p_day::timestamp at time zone p_tz and started_at < (p_day + 1)::timestamp at time zone p_tz
    ) x;
    perform recount_from(v_users, p_day, p_tz);
  end if;
  perform set_daily_stats(array[p_day]);
end $$;

/*
  Counts everything again from the events. Days whose events are gone keep what single people added on them, and what erased
  people added stays.
*/
create function rebuild_all(p_tz text) returns void
language plpgsql as $$
declare
  v_from date;
  v_since timestamptz;
  v_users bigint[];
  v_starts date[];
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
  delete from rollup_state;
  perform lock_rollups(p_tz);
  v_from := first_whole_day(p_tz);
  v_since := v_from::timestamp at time zone p_tz;
  delete from dirty_days;

  delete from analytics.day_totals where not erased;
  delete from analytics.spans where not erased;
  delete from analytics.cohort_days where not erased;
  delete from analytics.survey_totals where not erased;
  delete from query_spans;
  delete from user_searches;
  delete from user_days where day >= v_from;
  delete from user_chains where start_day >= v_from;
  delete from survey_answers where day >= v_from;

  update user_chains set
    message_at = case when message_at < v_since then message_at end,
    search_at = case when search_at < v_since then search_at end,
    cart_at = case when cart_at < v_since then cart_at end,
    limit_at = case when limit_at < v_since then limit_at end,
    survey_at = case when survey_at < v_since then survey_at end
  where survey_at is null or survey_at >= v_since;
  select array_agg(user_id), array_agg(start_day) into v_users, v_starts from user_chains;
  if v_users is not null then perform add_chains(1, v_users, v_starts, false, p_tz); end if;
  perform add_answers(1, array(select user_id from survey_answers), false);

  select array_agg(user_id) into v_users from (
    select user_id from user_events union select user_id from user_usage union select user_id from users
    union select user_id from user_firsts
  ) x;
  if v_users is not null then
    -- what stands in user_days now is added first, so that counting again finds it in the totals
    perform add_days(1, v_users, array_fill('-infinity'::date, array[cardinality(v_users)]), false);
    perform recount_from(v_users, v_from, p_tz);
  end if;
  perform set_daily_stats(array(select date from daily_stats union select day from analytics.day_totals));
end $$;

/*
  Removes a person from the rollups; what they added to the totals stays, as that of somebody erased. What they searched for
  goes with them: it is in words.
*/
create function erase_from_rollups(p_user bigint, p_tz text) returns void
language plpgsql as $$
declare
  v_day date;
  v_start_days date[];
begin
  perform lock_rollups(p_tz);
  with taken as (delete from dirty_days where user_id = p_user returning day)
  select min(day) into v_day from taken where day >= first_whole_day(p_tz);
  if v_day is not null then perform recount_people(array[p_user], array[v_day], p_tz); end if;

  v_start_days := array(select start_day from user_chains where user_id = p_user);
  perform add_days(-1, array[p_user], array['-infinity'::date], false);
  perform add_days(1, array[p_user], array['-infinity'::date], true);
  perform add_chains(-1, array_fill(p_user, array[cardinality(v_start_days)]), v_start_days, false, p_tz);
  perform add_chains(1, array_fill(p_user, array[cardinality(v_start_days)]), v_start_days, true, p_tz);
  perform add_answers(-1, array[p_user], false);
  perform add_answers(1, array[p_user], true);

  perform forget_searches(array[p_user]);
  delete from user_days where user_id = p_user;
  delete from user_chains where user_id = p_user;
  delete from user_firsts where user_id = p_user;
  delete from survey_answers where user_id = p_user;
  delete from user_usage where user_id = p_user;
end $$;

/* Forgets totals that have become nothing. */
create function sweep_totals() returns void
language sql as $$
  delete from analytics.spans where n = 0;
  delete from analytics.cohort_days where active = 0 and first_in_week = 0;
  delete from analytics.survey_totals where n = 0;
  delete from query_spans where n = 0 and searches = 0
$$;
