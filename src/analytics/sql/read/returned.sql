/*
  Users new on day d, for every d whose day d + p_offset lies in the period and is over, and how many of them had a session
  on day d + p_offset.
*/
create or replace function analytics.returned(p_offset integer, p_from date, p_to date, p_today date, out returned bigint, out cohort bigint)
language sql stable as $$
  select
    (select coalesce(sum(c.active[array_position(c.start_days, c.day - p_offset)]), 0)
      from analytics.cohort_days c where c.day >= p_from and c.day <= least(p_to, p_today - 1))::bigint,
    (select coalesce(sum(s.new_users), 0) from analytics.daily s
      where s.date between p_from - p_offset and least(p_to, p_today - 1) - p_offset)::bigint
$$;
