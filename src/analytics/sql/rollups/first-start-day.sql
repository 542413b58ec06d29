/* The day of the user's first /start ever; null without one, or when it was erased since. */
create or replace function first_start_day(u users, p_tz text) returns date
language sql immutable parallel safe as $$
  select case when not u.started_before_erasure then local_day(u.started_at, p_tz) end
$$;
