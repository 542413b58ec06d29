/*
  Counts these people again, each from p_days[i] on (a day whose events are all still there), and carries the difference
  into the totals. Every user once. The caller holds the lock of lock_rollups().
  Returns the days that changed, for set_daily_stats().
*/
create or replace function recount_people(p_users bigint[], p_days date[], p_tz text) returns date[]
language plpgsql as $$
declare
  v_froms date[];
  v_start_days date[];
begin
  -- a day changes what the week it lies in and the days after it add; a new first start or source all of the person's days
  select
    array_agg(case when f.user_id is null or f.source <> coalesce(u.source, 'organic')
        or f.start_day is distinct from first_start_day(u, p_tz)
      then '-infinity' else date_trunc('week', p.day::timestamp)::date end order by p.ordinality),
    array_agg(distinct f.start_day) || array_agg(distinct first_start_day(u, p_tz))
  into v_froms, v_start_days
  from unnest(p_users, p_days) with ordinality as p (user_id, day)
  left join user_firsts f on f.user_id = p.user_id
  left join users u on u.user_id = p.user_id;

  perform add_days(-1, p_users, v_froms, false);

  insert into user_firsts as f (user_id, start_day, source)
  select p.user_id, first_start_day(u, p_tz), coalesce(u.source, 'organic')
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
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
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
  return v_start_days || array(
    select distinct d.day from unnest(p_users, p_days) as p (user_id, day)
    join user_days d on d.user_id = p.user_id and d.day >= p.day);
end $$;
