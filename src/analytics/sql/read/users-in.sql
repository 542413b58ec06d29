/* Distinct users who did something of a kind in the period; source is that of their first /start, or all. See analytics.spans. */
create or replace function analytics.users_in(p_kind text, p_source text, p_from date, p_to date) returns bigint
language sql stable as $$
  select coalesce(sum(analytics.sum_since(p_from, sinces, sums)), 0) from analytics.spans
  where kind = p_kind and source = p_source and day >= p_from and day <= p_to
$$;
