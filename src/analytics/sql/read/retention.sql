/* New users of each day, and how many had a session 1 and 7 days later; null when that day is not over or not in the period. */
create or replace function analytics.retention(p_from date, p_to date, p_today date default analytics.today())
returns table (day date, cohort integer, d1 bigint, d7 bigint)
language sql stable as $$
  select d.date, d.new_users,
    case when d.date + 1 <= least(p_to, p_today - 1) then analytics.active_of(d.date, d.date + 1) end,
    case when d.date + 7 <= least(p_to, p_today - 1) then analytics.active_of(d.date, d.date + 7) end
  from analytics.days(p_from, p_to) d
  order by d.date
$$;
