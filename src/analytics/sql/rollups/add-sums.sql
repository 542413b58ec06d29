/* The sums of two rows of analytics.spans as those of one; without the days that add nothing. */
create or replace function add_sums(p_sinces date[], p_sums integer[], p_more_sinces date[], p_more_sums integer[])
returns table (sinces date[], sums integer[]) -- of one row: a function of a table becomes a part of the statement that calls it
language sql immutable parallel safe as $$
  select coalesce(array_agg(t.since order by t.since), '{}'), coalesce(array_agg(t.sum order by t.since), '{}')
  from (
    select s.since, sum(s.n) as n, (sum(sum(s.n)) over (order by s.since desc))::integer as sum
    from (
      select a.since, a.sum - coalesce(lead(a.sum) over (order by a.since), 0) as n from unnest(p_sinces, p_sums) as a (since, sum)
      union all
      select b.since, b.sum - coalesce(lead(b.sum) over (order by b.since), 0) from unnest(p_more_sinces, p_more_sums) as b (since, sum)
    ) s
    group by s.since
  ) t
  where t.n <> 0
$$;
