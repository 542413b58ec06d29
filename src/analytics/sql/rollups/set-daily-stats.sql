/* Sets the columns of daily_stats that are counted from events; add_usage() maintains the others. */
create or replace function set_daily_stats(p_days date[]) returns void
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
