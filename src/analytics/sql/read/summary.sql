/*
  The numbers of a period; p_today is the running day: no retention is over on it, and it is part of no mean, unless the
  period has no other day.
*/
create or replace function analytics.summary(p_from date, p_to date, p_today date default analytics.today())
returns table (new_users bigint, dau_avg numeric, active_users bigint, retention_d1_returned bigint,
  retention_d1_cohort bigint, retention_d7_returned bigint, retention_d7_cohort bigint, carts bigint, gmv numeric,
  avg_cart numeric, carts_per_user numeric, tokens bigint, cost_rub numeric, cost_per_user numeric, errors bigint,
  messages bigint, error_share numeric)
language sql stable as $$
  select s.new_users, s.dau::numeric / (case when p_from < p_today then least(p_to, p_today - 1) else p_to end - p_from + 1),
    a.active_users, d1.returned, d1.cohort, d7.returned, d7.cohort,
    s.carts, s.gmv, s.gmv / nullif(p.priced_carts, 0), s.carts::numeric / nullif(a.active_users, 0), s.tokens, s.cost_rub,
    s.cost_rub / nullif(a.active_users, 0), s.errors, s.messages, s.errors::numeric / nullif(s.messages, 0)
  from (
      select coalesce(sum(d.new_users), 0) as new_users, coalesce(sum(d.carts), 0) as carts,
        coalesce(sum(d.dau) filter (where d.date < p_today or p_from >= p_today), 0) as dau,
        coalesce(sum(d.gmv), 0) as gmv, coalesce(sum(d.tokens), 0)::bigint as tokens, coalesce(sum(d.cost_rub), 0) as cost_rub,
        coalesce(sum(d.errors), 0) as errors, coalesce(sum(d.messages), 0) as messages
      from analytics.daily d where d.date >= p_from and d.date <= p_to
    ) s
    cross join (select coalesce(sum(t.priced_carts), 0) as priced_carts from analytics.day_totals t
      where t.day >= p_from and t.day <= p_to) p
    cross join analytics.users_in('active', 'all', p_from, p_to) as a (active_users) -- in a subquery it would run three times
    cross join analytics.returned(1, p_from, p_to, p_today) d1
    cross join analytics.returned(7, p_from, p_to, p_today) d7
$$;
