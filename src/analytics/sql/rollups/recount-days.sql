/*
  Counts the events of these users from p_days[i] on into user_days, and adds what waits in user_usage. p_carts are those of them
  with carts. look_at_events() comes first.
*/
create or replace function recount_days(p_users bigint[], p_days date[], p_carts users_from, p_tz text) returns void
language plpgsql as $$
begin
  with usage as (
    delete from user_usage g using unnest(p_users, p_days) as p (user_id, day) where g.user_id = p.user_id and g.day >= p.day
    returning g.*
  )
  insert into user_days as t (user_id, day, events, sessions, carts, priced_carts, labelled_carts, gmv, first_carts, searches,
    errors, messages, llm_calls, tokens, cost_rub, queries)
  select user_id, day, sum(events), sum(sessions), sum(carts), sum(priced_carts), sum(labelled_carts), sum(gmv), sum(first_carts),
    sum(searches), sum(errors), sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub), coalesce(max(queries), '{}')
  from (
    select e.user_id, local_day(e.created_at, p_tz) as day, count(*) as events,
      count(*) filter (where e.event_type = 'session_start') as sessions,
      0 as carts, 0 as priced_carts, 0 as labelled_carts, 0 as gmv, 0 as first_carts,
      count(*) filter (where e.event_type = 'product_search') as searches,
      count(*) filter (where e.event_type = 'bot_error') as errors,
      0 as messages, 0 as llm_calls, 0 as tokens, 0 as cost_rub,
      array_agg(q.id order by q.id) filter (where q.id is not null) as queries
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
    left join lateral (
      select case when (e.metadata ->> 'had_results')::boolean then q.query_id else -q.query_id end as id
      from queries q where e.event_type = 'product_search' and q.query = lower(e.metadata ->> 'query')) q on true
    group by 1, 2
    union all
    select c.user_id, c.day, 0, 0, count(*), count(c.total_sum), count(*) filter (where c.labelled), coalesce(sum(c.total_sum), 0),
      count(*) filter (where c.cart_number = 1), 0, 0, 0, 0, 0, 0, null
    from carts_since(p_carts.users, p_carts.days, p_tz) c
    group by 1, 2
    union all
    select user_id, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, messages, llm_calls, tokens, cost_rub, null from usage
  ) x
  group by user_id, day
  order by user_id, day -- a rebuild leaves the rows of a user beside each other, and the index dense
  on conflict (user_id, day) do update set events = excluded.events, sessions = excluded.sessions, carts = excluded.carts,
    priced_carts = excluded.priced_carts, labelled_carts = excluded.labelled_carts, gmv = excluded.gmv, first_carts = excluded.first_carts,
    searches = excluded.searches, errors = excluded.errors, messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls, tokens = t.tokens + excluded.tokens, cost_rub = t.cost_rub + excluded.cost_rub,
    queries = excluded.queries
  where (excluded.messages, excluded.llm_calls, excluded.tokens, excluded.cost_rub) <> (0, 0, 0, 0)
    or (t.events, t.sessions, t.carts, t.priced_carts, t.labelled_carts, t.gmv, t.first_carts, t.searches, t.errors, t.queries) <>
      (excluded.events, excluded.sessions, excluded.carts, excluded.priced_carts, excluded.labelled_carts, excluded.gmv,
        excluded.first_carts, excluded.searches, excluded.errors, excluded.queries);
end $$;
