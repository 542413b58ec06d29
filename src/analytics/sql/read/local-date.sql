/* The day of ANALYTICS_TZ that p_at lies in. */
create or replace function analytics.local_date(p_at timestamptz) returns date
language sql stable as $$
  select (p_at at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$$;
