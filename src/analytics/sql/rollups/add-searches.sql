/*
  Takes p_before out of the totals of queries and adds p_after to them. A query without a search left is deleted. Days before those
  given are looked at for what differs alone: they are the same before and after.
*/
create or replace function add_searches(p_before user_search[], p_after user_search[]) returns void
language plpgsql as $$
begin
  with differing as (
    select -1 as sign, b.* from (select * from unnest(p_before) except select * from unnest(p_after)) b
    union all
    select 1, a.* from (select * from unnest(p_after) except select * from unnest(p_before)) a
  ), linked as (
    select s.sign, s.query_id, s.missed, s.day, s.searches, coalesce(s.previous_day,
      (select b.day from user_days b where b.user_id = s.user_id and b.day < s.from_day
        and b.queries && case when s.missed then array[-s.query_id] else array[s.query_id, -s.query_id] end
        order by b.day desc limit 1), '-infinity') as previous_day
    from differing s
  ), changed as materialized (
    select s.query_id, s.missed, s.day, e.since, sum(s.sign * e.searches)::integer as searches, sum(s.sign * e.n)::integer as n
    from linked s
    cross join lateral (values (s.day, s.searches, 1), (s.previous_day, 0, -1)) as e (since, searches, n)
    where e.since > '-infinity'
    group by s.query_id, s.missed, s.day, e.since
    having sum(s.sign * e.searches) <> 0 or sum(s.sign * e.n) <> 0
  ), added as (
    insert into query_days as t (day, query_id, missed, searches, sinces, sums)
    select c.day, c.query_id, c.missed, sum(c.searches),
      coalesce(array_agg(c.since order by c.since) filter (where c.n <> 0), '{}'),
      coalesce(array_agg(c.sum order by c.since) filter (where c.n <> 0), '{}')
    from (
      select *, sum(n) over (partition by query_id, missed, day order by since desc)::integer as sum from changed
    ) c
    group by c.day, c.query_id, c.missed
    order by 1, 2, 3
    on conflict (day, query_id, missed) do update set searches = t.searches + excluded.searches,
      (sinces, sums) = (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m)
  )
  update queries q set searches = q.searches + c.searches
  from (select query_id, sum(searches) as searches from changed where not missed group by query_id) c
  where q.query_id = c.query_id and c.searches <> 0;
  delete from queries where searches = 0 and query_id in (select b.query_id from unnest(p_before) as b);
end $$;
