/*
  The finished days of a period and the days at the same places of the period before it: what changes are calculated from.
  No row while the only day runs, or where not all events of the days before are stored.
*/
create or replace function analytics.compared_periods(p_from date, p_to date, p_today date default analytics.today())
returns table (now_from date, now_to date, before_from date, before_to date)
language sql stable as $$
  select p_from, p.finished, p_from - p.days, p.finished - p.days
  from (select least(p_to, p_today - 1) as finished, p_to - p_from + 1 as days) p
  where p.finished >= p_from and p_from - p.days >= analytics.kept_since()
$$;
