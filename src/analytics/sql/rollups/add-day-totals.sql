/* The part of add_days() for analytics.day_totals. */
create or replace function add_day_totals(p_sums day_sums[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.day_totals as t (day, source, erased, new_users, dau, sessions, carts, priced_carts, labelled_carts, gmv,
    first_carts, buyers, searches, errors, messages, llm_calls, tokens, cost_rub)
  select day, source, p_erased, sum(new_users), sum(active), sum(sessions), sum(carts), sum(priced_carts), sum(labelled_carts),
    sum(gmv), sum(first_carts), sum(buyers), sum(searches), sum(errors), sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub)
  from unnest(p_sums)
  where source is not null
  group by day, source
  order by day, source
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
