/* How many of the users new on p_start_day had a session on p_day. */
create or replace function analytics.active_of(p_start_day date, p_day date) returns bigint
language sql stable as $$
  select coalesce(sum(c.active[array_position(c.start_days, p_start_day)]), 0) from analytics.cohort_days c where c.day = p_day
$$;
