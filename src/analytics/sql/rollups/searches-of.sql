/* What is counted of the searches of these users, each from p_froms[i] on. */
create or replace function searches_of(p_users bigint[], p_froms date[]) returns user_search[]
language sql stable as $$
  with counted as (
    select p.user_id, p.from_day, d.day, abs(q.id) as query_id, m.missed, count(*)::integer as searches
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day
    cross join lateral unnest(d.queries) as q (id)
    join (values (false), (true)) as m (missed) on q.id < 0 or not m.missed
    group by 1, 2, 3, 4, 5
  )
  select array_agg(row(c.query_id, c.missed, c.day, c.searches, c.previous_day)::user_search)
  from (
    select c.*, coalesce(lag(c.day) over (partition by c.user_id, c.query_id, c.missed order by c.day),
      (select b.day from user_days b where b.user_id = c.user_id and b.day < c.from_day
        and b.queries && case when c.missed then array[-c.query_id] else array[c.query_id, -c.query_id] end
        order by b.day desc limit 1), '-infinity') as previous_day
    from counted c
  ) c
$$;
