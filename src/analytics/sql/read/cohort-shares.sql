/* The weekly cohorts with the share that was active in each week, from the week of the cohort on. */
create or replace function analytics.cohort_shares(p_from date, p_to date) returns table (week date, size bigint, active numeric[])
language sql stable as $$
  select c.week, c.size, array(
    select a.n::numeric / nullif(c.size, 0) from unnest(c.active) with ordinality as a (n, week_number) order by a.week_number)
  from analytics.cohorts(p_from, p_to) c
  order by c.week
$$;
