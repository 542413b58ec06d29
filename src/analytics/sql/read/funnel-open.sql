/*
  Users of the funnel whose conversion window is still running: it has p_window days, the day of their first /start in the
  period is the first of them.
*/
create or replace function analytics.funnel_open(p_from date, p_to date, p_source text default null, p_window integer default 7,
  p_today date default analytics.today()) returns bigint
language sql stable as $$
  select analytics.users_in('start', coalesce(p_source, 'all'), p_from, p_to)
    - analytics.users_in('start', coalesce(p_source, 'all'), p_from, least(p_to, p_today - p_window))
$$;
