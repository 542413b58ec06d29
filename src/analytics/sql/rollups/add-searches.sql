/*
  Takes p_before out of the totals of queries and adds p_after to them. A query without a search left is deleted. Days before those
  given are looked at for what differs alone: they are the same before and after.
*/
create or replace function add_searches(p_before user_queries[], p_after user_queries[]) returns void
language plpgsql as $$
begin
  with found as (
    select c.*, lag(c.day) over earlier as previous_day, max(c.day) filter (where c.misses > 0) over earlier as previous_miss
    from (
      select d.sign, d.user_id, d.from_day, abs(q.id) as query_id, d.day, count(*) as searches, count(*) filter (where q.id < 0) as misses
      from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) d
      cross join lateral unnest(d.queries) as q (id)
      group by 1, 2, 3, 4, 5
    ) c
    window earlier as (partition by c.sign, c.user_id, c.query_id order by c.day rows between unbounded preceding and 1 preceding)
  ), differing as (
    select sum(sign) as sign, user_id, from_day, query_id, day, searches, misses, previous_day, previous_miss
    from found
    group by user_id, from_day, query_id, day, searches, misses, previous_day, previous_miss
    having sum(sign) <> 0
  ), linked as (
    select s.sign, s.query_id, s.day, s.searches, s.misses,
      coalesce(s.previous_day, case when s.from_day > '-infinity' then (select b.day from user_days b
        where b.user_id = s.user_id and b.day < s.from_day and b.queries && array[s.query_id, -s.query_id]
        order by b.day desc limit 1) end) as previous_day,
      coalesce(s.previous_miss, case when s.from_day > '-infinity' and s.misses > 0 then (select b.day from user_days b
        where b.user_id = s.user_id and b.day < s.from_day and b.queries && array[-s.query_id]
        order by b.day desc limit 1) end) as previous_miss
    from differing s
  ), changed as materialized (
    select s.query_id, e.missed, s.day, e.since, sum(e.searches)::integer as searches, sum(e.n)::integer as n
    from (
      select query_id, day, previous_day, previous_miss, sum(sign * searches) as searches, sum(sign) as users,
        sum(sign * misses) as misses, coalesce(sum(sign) filter (where misses > 0), 0) as missing_users
      from linked group by query_id, day, previous_day, previous_miss
    ) s
    cross join lateral (values (false, s.day, s.searches, s.users), (false, s.previous_day, 0, -s.users),
      (true, s.day, s.misses, s.missing_users), (true, s.previous_miss, 0, -s.missing_users)) as e (missed, since, searches, n)
    where e.since is not null
    group by s.query_id, e.missed, s.day, e.since
    having sum(e.searches) <> 0 or sum(e.n) <> 0
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
  delete from queries where searches = 0 and query_id in (select abs(q.id) from unnest(p_before) b cross join lateral unnest(b.queries) as q (id));
end $$;
