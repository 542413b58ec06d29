/* The part of add_days() for analytics.cohort_days: sessions of users on and after the day of their first /start. */
create or replace function add_cohort_days(p_sums day_sums[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.cohort_days as t (day, erased, start_days, active, first_in_week)
  select c.day, p_erased, array_agg(c.start_day order by c.start_day), array_agg(c.active order by c.start_day),
    array_agg(c.first_in_week order by c.start_day)
  from (
    select start_day, day, sum(active)::integer as active, sum(first_in_week)::integer as first_in_week
    from unnest(p_sums)
    where start_day <= day
    group by start_day, day
    having sum(active) <> 0 or sum(first_in_week) <> 0
  ) c
  group by c.day
  order by 1
  on conflict (day, erased) do update set (start_days, active, first_in_week) =
    (select m.start_days, m.active, m.first_in_week from add_cohorts(t.start_days, t.active, t.first_in_week,
      excluded.start_days, excluded.active, excluded.first_in_week) m);
end $$;
