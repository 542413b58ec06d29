/* The queries of a period. Those of fewer than three users are left out: they might identify one. */
create or replace function analytics.searches(p_from date, p_to date)
returns table (query text, searches bigint, users bigint, empty bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.query, sum(s.searches), sum(s.n), sum(s.empty)
  from query_spans s
  where s.since >= p_from and s.since <= p_to and s.until <= p_to
  group by s.query having sum(s.n) >= 3
  order by sum(s.searches) desc, s.query
$$;
