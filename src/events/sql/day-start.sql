/*
  The first instant whose local_day() is p_day or later. Where clocks are set at midnight that is not what «midnight at time
  zone» gives: 00:00 may come twice (Atlantic/Azores), or the whole day never (Pacific/Apia, 2011-12-30). Zones change at
  whole minutes, and by no more than a day.
*/
create or replace function day_start(p_day date, p_tz text) returns timestamptz
language sql immutable parallel safe as $$
  select case
    -- the usual day: the clock runs straight around it
    when (m.at - interval '26 hours') at time zone p_tz = p_day - interval '26 hours'
      and (m.at + interval '26 hours') at time zone p_tz = p_day + interval '26 hours' then m.at
    else (select min(t) from generate_series(m.at - interval '26 hours', m.at + interval '26 hours', interval '1 minute') t
      where local_day(t, p_tz) >= p_day)
  end
  from (select p_day::timestamp at time zone p_tz as at) m
$$;
