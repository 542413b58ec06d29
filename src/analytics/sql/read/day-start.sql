/* The instant at which a day of ANALYTICS_TZ begins. */
create or replace function analytics.day_start(p_day date) returns timestamptz
language sql stable as $$
  select day_start(p_day, coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))
$$;
