/* What is counted of the searches of these users, each from p_froms[i] on. */
create or replace function searches_of(p_users bigint[], p_froms date[]) returns user_search[]
language sql stable as $$
  select array_agg(row(c.*)::user_search)
  from (
    select c.*, lag(c.day) over (partition by c.user_id, c.query_id, c.missed order by c.day)
    from (
      select p.user_id, p.from_day, d.day, abs(q.id) as query_id, m.missed, count(*)::integer as searches
      from unnest(p_users, p_froms) as p (user_id, from_day)
      join user_days d on d.user_id = p.user_id and d.day >= p.from_day
      cross join lateral unnest(d.queries) as q (id)
      join (values (false), (true)) as m (missed) on q.id < 0 or not m.missed
      group by 1, 2, 3, 4, 5
    ) c
  ) c
$$;
