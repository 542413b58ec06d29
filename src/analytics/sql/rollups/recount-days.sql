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
  select user_id, day, coalesce(e.events, 0), coalesce(e.sessions, 0), coalesce(c.carts, 0), coalesce(c.priced_carts, 0),
    coalesce(c.labelled_carts, 0), coalesce(c.gmv, 0), coalesce(c.first_carts, 0), coalesce(e.searches, 0), coalesce(e.errors, 0),
    coalesce(g.messages, 0), coalesce(g.llm_calls, 0), coalesce(g.tokens, 0), coalesce(g.cost_rub, 0), coalesce(e.queries, '{}')
  from unnest(p_kinds.days) e
  full join (
    select user_id, day, count(*) as carts, count(total_sum) as priced_carts, count(*) filter (where labelled) as labelled_carts,
      sum(total_sum) as gmv, count(*) filter (where cart_number = 1) as first_carts
    from carts_since((p_kinds.carts).users, (p_kinds.carts).days, p_tz)
    group by user_id, day
  ) c using (user_id, day)
  full join (
    select user_id, day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from usage group by user_id, day
  ) g using (user_id, day)
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
