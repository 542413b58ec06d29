/* The running day of ANALYTICS_TZ. */
create or replace function analytics.today() returns date
language sql stable as $$
  select (now() at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$$;
