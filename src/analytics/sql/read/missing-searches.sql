/*
  The queries of a period that found nothing, by how many users that happened to. Those of fewer than three users are left
  out: they might identify one.
*/
create or replace function analytics.missing_searches(p_from date, p_to date)
returns table (query text, users bigint, empty bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.query, count(distinct s.user_id), sum(s.empty)
  from user_searches s
  where s.day >= p_from and s.day <= p_to and s.empty > 0
  group by s.query having count(distinct s.user_id) >= 3
  order by count(distinct s.user_id) desc, s.query
$$;
