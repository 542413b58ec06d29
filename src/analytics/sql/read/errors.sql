/*
  The failed messages of a period by kind: error_type of the event, and the service that failed ('bot': none did). users are
  different users. first_at and last_at are those of events that are still stored, looked for on the first and last days of the kind
  alone: of the first day that has events a part may have been dropped, so its second one too. Sums to errors of analytics.summary().
*/
create or replace function analytics.errors(p_from date, p_to date)
returns table (error_type text, upstream text, errors bigint, users bigint, first_at timestamptz, last_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  with counted as (
    select s.error_type, s.upstream, s.until as day,
      row_number() over (partition by s.error_type, s.upstream order by s.until) as place,
      row_number() over (partition by s.error_type, s.upstream order by s.until desc) as place_from_end
    from analytics.error_spans s
    where s.error_type <> 'all' and not s.erased and s.since = s.until and s.errors > 0
      and s.until >= greatest(p_from, first_whole_day((select z.time_zone from analytics.time_zone z)) - 1) and s.until <= p_to
  ), stored as (
    select e.metadata ->> 'error_type' as error_type, error_upstream(e.metadata) as upstream, min(e.created_at) as first_at,
      max(e.created_at) as last_at
    from (select distinct c.day from counted c where c.place <= 2 or c.place_from_end = 1) d
    join user_events e on e.event_type = 'bot_error' and e.created_at >= analytics.day_start(d.day)
      and e.created_at < analytics.day_start(d.day + 1)
    where e.user_id not in (select u.user_id from uncounted_users u)
    group by 1, 2
  )
  select s.error_type, s.upstream, sum(s.errors), sum(s.n), min(t.first_at), max(t.last_at)
  from analytics.error_spans s
  left join stored t on t.error_type = s.error_type and t.upstream = s.upstream
  where s.error_type <> 'all' and s.since >= p_from and s.since <= p_to and s.until <= p_to
  group by s.error_type, s.upstream having sum(s.errors) > 0
  order by sum(s.errors) desc, s.error_type, s.upstream
$$;
