/* Two rows of analytics.cohort_days as one; without what adds nothing. */
create or replace function add_cohorts(p_start_days date[], p_active integer[], p_first_in_week integer[],
  p_more_start_days date[], p_more_active integer[], p_more_first_in_week integer[])
returns table (start_days date[], active integer[], first_in_week integer[])
language sql immutable parallel safe as $$
  select coalesce(array_agg(s.start_day order by s.start_day), '{}'), coalesce(array_agg(s.active order by s.start_day), '{}'),
    coalesce(array_agg(s.first_in_week order by s.start_day), '{}')
  from (
    select c.start_day, sum(c.active)::integer as active, sum(c.first_in_week)::integer as first_in_week
    from unnest(p_start_days || p_more_start_days, p_active || p_more_active, p_first_in_week || p_more_first_in_week)
      as c (start_day, active, first_in_week)
    group by c.start_day
    having sum(c.active) <> 0 or sum(c.first_in_week) <> 0
  ) s
$$;
