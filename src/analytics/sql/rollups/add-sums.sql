/*
  The sums of two rows of analytics.spans as those of one; without the days that add nothing. Two rows of the same one day, as most
  queries have, take a tenth of the time of others.
*/
create or replace function add_sums(p_sinces date[], p_sums integer[], p_more_sinces date[], p_more_sums integer[])
returns table (sinces date[], sums integer[]) -- of one row: a function of a table becomes a part of the statement that calls it
language sql immutable parallel safe as $$
  select case when o.sum <> 0 then p_sinces else '{}' end, case when o.sum <> 0 then array[o.sum] else '{}' end
  from (select p_sums[1] + p_more_sums[1] as sum) o
  where p_sinces = p_more_sinces and cardinality(p_sinces) = 1
  union all
  select coalesce(array_agg(t.since order by t.since), '{}'), coalesce(array_agg(t.sum order by t.since), '{}')
  from (
    select s.since, sum(s.n) as n, (sum(sum(s.n)) over (order by s.since desc))::integer as sum
    from (
      -- of each: the sum of this day without that of the next, which stands beside it when both are moved by one
      select a.since, a.sum - coalesce(a.next, 0) as n
      from unnest(null::date || p_sinces, null::integer || p_sums, p_sums) as a (since, sum, next) where a.since is not null
      union all
      select b.since, b.sum - coalesce(b.next, 0)
      from unnest(null::date || p_more_sinces, null::integer || p_more_sums, p_more_sums) as b (since, sum, next)
      where b.since is not null
    ) s
    group by s.since
  ) t
  where t.n <> 0
  having p_sinces <> p_more_sinces or cardinality(p_sinces) <> 1
$$;
