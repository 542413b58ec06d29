/* The calendar day of a time zone that p_at lies in. */
create or replace function local_day(p_at timestamptz, p_tz text) returns date
language sql immutable parallel safe as $$ select (p_at at time zone p_tz)::date $$;
