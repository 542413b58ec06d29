/* The share of a day's new users with a session 1 and 7 days later; null when that day is not over. */
create or replace function analytics.retention_shares(p_from date, p_to date)
returns table (day date, "time" timestamptz, cohort integer, d1 numeric, d7 numeric)
language sql stable as $$
  select r.day, analytics.day_start(r.day), r.cohort, r.d1::numeric / nullif(r.cohort, 0), r.d7::numeric / nullif(r.cohort, 0)
  from analytics.retention(p_from, p_to) r
  order by r.day
$$;
