/* The part of add_days() for analytics.day_totals. */
create or replace function add_day_totals(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.day_totals as t (day, source, erased, new_users, dau, sessions, carts, priced_carts, labelled_carts, gmv,
    first_carts, buyers, searches, errors, messages, llm_calls, tokens, cost_rub)
  select day, source, p_erased, p_sign * sum(new_users), p_sign * sum(dau), p_sign * sum(sessions), p_sign * sum(carts),
    p_sign * sum(priced_carts), p_sign * sum(labelled_carts), p_sign * sum(gmv), p_sign * sum(first_carts), p_sign * sum(buyers), p_sign * sum(searches),
    p_sign * sum(errors), p_sign * sum(messages), p_sign * sum(llm_calls), p_sign * sum(tokens), p_sign * sum(cost_rub)
  from (
    select d.day, f.source, 0 as new_users, (d.sessions > 0)::int as dau, d.sessions, d.carts, d.priced_carts,
      d.labelled_carts, d.gmv, d.first_carts, (d.carts > 0)::int as buyers, d.searches, d.errors, d.messages, d.llm_calls, d.tokens, d.cost_rub
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day
    join user_firsts f on f.user_id = p.user_id
    union all
    select f.start_day, f.source, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
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
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    first_carts = t.first_carts + excluded.first_carts,
    buyers = t.buyers + excluded.buyers,
    searches = t.searches + excluded.searches,
    errors = t.errors + excluded.errors,
    messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls,
    tokens = t.tokens + excluded.tokens,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $$;
