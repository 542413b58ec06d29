/* Distinct users who did something of a kind in the period; source is that of their first /start, or all. See analytics.spans. */
create or replace function analytics.users_in(p_kind text, p_source text, p_from date, p_to date) returns bigint
language sql stable as $$
  select coalesce(sum(n), 0) from analytics.spans
  where kind = p_kind and source = p_source and since >= p_from and since <= p_to and until <= p_to
$$;
