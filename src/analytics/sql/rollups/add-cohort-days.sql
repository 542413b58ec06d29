/* The part of add_days() for analytics.cohort_days: sessions of users on and after the day of their first /start. */
create or replace function add_cohort_days(p_sign integer, p_users bigint[], p_froms date[], p_erased boolean) returns void
language plpgsql as $$
begin
  insert into analytics.cohort_days as t (start_day, day, erased, active, first_in_week)
  select f.start_day, d.day, p_erased, p_sign * count(*),
    p_sign * count(*) filter (where d.previous_active_day < greatest(f.start_day, date_trunc('week', d.day::timestamp)::date))
  from linked_days(p_users, p_froms) d
  join user_firsts f on f.user_id = d.user_id and f.start_day <= d.day
  where d.active
  group by f.start_day, d.day
  on conflict (start_day, day, erased) do update set
    active = t.active + excluded.active, first_in_week = t.first_in_week + excluded.first_in_week;
end $$;
