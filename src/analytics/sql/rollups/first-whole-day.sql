/* The first day of which no event was dropped. */
create or replace function first_whole_day(p_tz text) returns date
language sql stable as $$
  select coalesce((select local_day(oldest_retained - interval '1 microsecond', p_tz) + 1 from event_horizon), '-infinity')
$$;
