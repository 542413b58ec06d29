/*
  Stores in user_days what look_at_events() counted of these users from p_days[i] on, with their carts, and adds what waits in
  user_usage.
*/
create or replace function recount_days(p_users bigint[], p_days date[], p_kinds event_kinds, p_tz text) returns void
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
    select e.user_id, e.day, e.events, e.sessions, 0 as carts, 0 as priced_carts, 0 as labelled_carts, 0::numeric as gmv,
      0 as first_carts, e.searches, e.errors, 0 as messages, 0 as llm_calls, 0::bigint as tokens, 0::numeric as cost_rub, e.queries
    from unnest(p_kinds.days) e
    union all
    select c.user_id, c.day, 0, 0, count(*)::integer, count(c.total_sum)::integer, (count(*) filter (where c.labelled))::integer,
      coalesce(sum(c.total_sum), 0), (count(*) filter (where c.cart_number = 1))::integer, 0, 0, 0, 0, 0, 0, null
    from carts_since((p_kinds.carts).users, (p_kinds.carts).days, p_tz) c
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
