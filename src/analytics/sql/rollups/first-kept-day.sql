/* The first day whose events are all stored, here or in an archive. */
create or replace function first_kept_day(p_tz text) returns date
language sql stable as $$
  select coalesce((select local_day(oldest_kept - interval '1 microsecond', p_tz) + 1 from event_horizon), '-infinity')
$$;
