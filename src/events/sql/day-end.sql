/* The instant after the last one whose local_day() is p_day or earlier: see day_start(). A day that never comes is empty. */
create or replace function day_end(p_day date, p_tz text) returns timestamptz
language sql immutable parallel safe as $$
  select case
    when (m.at - interval '26 hours') at time zone p_tz = p_day + 1 - interval '26 hours'
      and (m.at + interval '26 hours') at time zone p_tz = p_day + 1 + interval '26 hours' then m.at
    else (select max(t) + interval '1 minute'
      from generate_series(m.at - interval '26 hours', m.at + interval '26 hours', interval '1 minute') t
      where local_day(t, p_tz) <= p_day)
  end
  from (select (p_day + 1)::timestamp at time zone p_tz as at) m
$$;
