/* The queries of a period. Those of fewer than three users are left out: they might identify one. */
create or replace function analytics.searches(p_from date, p_to date)
returns table (query text, searches bigint, users bigint, empty bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select q.query, s.searches, s.users, s.empty
  from (
    select d.query_id, sum(d.searches) filter (where not d.missed) as searches,
      sum(analytics.sum_since(p_from, d.sinces, d.sums)) filter (where not d.missed) as users,
      coalesce(sum(d.searches) filter (where d.missed), 0) as empty
    from query_days d where d.day >= p_from and d.day <= p_to
    group by d.query_id
  ) s
  join queries q on q.query_id = s.query_id
  where s.users >= 3
  order by s.searches desc, q.query
$$;
