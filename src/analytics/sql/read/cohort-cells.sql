/*
  The weekly cohorts with the share that was active in each week as text: «34 %»; «◌ 12 %» in a week that still runs, which no
  colour may call low.
*/
create or replace function analytics.cohort_cells(p_from date, p_to date) returns table (week date, size bigint, active text[])
language sql stable as $$
  select c.week, c.size, array(
    select case when c.week + 7 * a.week_number::integer > analytics.today() then '◌ ' else '' end || round(a.share * 100) || ' %'
    from unnest(c.active) with ordinality as a (share, week_number) order by a.week_number)
  from analytics.cohort_shares(p_from, p_to) c
  order by c.week
$$;
