/* New users by week (from Monday), and how many of them were active in each week from their own to the end of the period. */
create or replace function analytics.cohorts(p_from date, p_to date) returns table (week date, size bigint, active integer[])
language sql stable as $$
  with monday as (
    select date_trunc('week', p_from::timestamp)::date as day
  ), sizes as (
    select (d.date - m.day) / 7 as week, sum(d.new_users) as size
    from monday m, analytics.daily d where d.date >= p_from and d.date <= p_to
    group by 1 having sum(d.new_users) > 0
  ), weeks as (
    select (x.start_day - m.day) / 7 as week, (x.day - m.day) / 7 as active_week, sum(x.first_in_week)::integer as n
    from monday m, (select c.day, unnest(c.start_days) as start_day, unnest(c.first_in_week) as first_in_week
      from analytics.cohort_days c where c.day >= p_from and c.day <= p_to) x
    where x.start_day >= p_from
    group by 1, 2
  )
  select m.day + 7 * s.week, s.size, array_agg(coalesce(w.n, 0) order by k)
  from monday m
  cross join sizes s
  cross join lateral generate_series(s.week, (p_to - m.day) / 7) as k
  left join weeks w on w.week = s.week and w.active_week = k
  group by m.day, s.week, s.size
  order by s.week
$$;
