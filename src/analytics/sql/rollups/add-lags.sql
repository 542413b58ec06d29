/* Two rows of analytics.funnel_lags as one, in the order of their days; without what adds nothing. */
create or replace function add_lags(p_sinces date[], p_days smallint[], p_ns integer[], p_more_sinces date[], p_more_days smallint[],
  p_more_ns integer[])
returns table (sinces date[], days smallint[], ns integer[])
language sql immutable parallel safe as $$
  select coalesce(array_agg(s.since order by s.days), '{}'), coalesce(array_agg(s.days order by s.days), '{}'),
    coalesce(array_agg(s.n order by s.days), '{}')
  from (
    select l.since, l.days, sum(l.n)::integer as n
    from unnest(p_sinces || p_more_sinces, p_days || p_more_days, p_ns || p_more_ns) as l (since, days, n)
    group by l.since, l.days
    having sum(l.n) <> 0
  ) s
$$;
