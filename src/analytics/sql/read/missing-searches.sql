/*
  The queries of a period that found nothing, by how many users that happened to. Those of fewer than three users are left
  out: they might identify one.
*/
create or replace function analytics.missing_searches(p_from date, p_to date)
returns table (query text, users bigint, empty bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select q.query, s.users, s.empty
  from (
    select d.query_id, sum(analytics.sum_since(p_from, d.sinces, d.sums)) as users, sum(d.searches) as empty
    from query_days d where d.missed and d.day >= p_from and d.day <= p_to
    group by d.query_id
  ) s
  join queries q on q.query_id = s.query_id
  where s.users >= 3
  order by s.users desc, q.query
$$;
