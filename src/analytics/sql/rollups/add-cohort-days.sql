/* The part of add_days() for analytics.cohort_days: sessions of users on and after the day of their first /start. */
create or replace function add_cohort_days(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.cohort_days as t (day, erased, start_days, active, first_in_week)
  select c.day, p_erased, array_agg(c.start_day order by c.start_day), array_agg(c.active order by c.start_day),
    array_agg(c.first_in_week order by c.start_day)
  from (
    select f.start_day, d.day, (p_sign * count(*))::integer as active, (p_sign * count(*) filter (
      where d.previous_active_day < greatest(f.start_day, date_trunc('week', d.day::timestamp)::date)))::integer as first_in_week
    from linked_days(p_users, p_froms) d
    join user_firsts f on f.user_id = d.user_id and f.start_day <= d.day
    where d.active
    group by f.start_day, d.day
  ) c
  group by c.day
  order by 1
  on conflict (day, erased) do update set (start_days, active, first_in_week) =
    (select m.start_days, m.active, m.first_in_week from add_cohorts(t.start_days, t.active, t.first_in_week,
      excluded.start_days, excluded.active, excluded.first_in_week) m);
end $$;
