/* Adds (p_sign 1) or takes away (-1) what these people add to the totals by days, each from their p_froms on. */
create or replace function add_days(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
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
