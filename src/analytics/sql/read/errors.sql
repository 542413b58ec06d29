/*
  The failed messages of a period by kind: error_type of the event, and the service that failed ('bot': none did). users are
  different users. first_at and last_at are those of events that are still stored. Sums to errors of analytics.summary().
*/
create or replace function analytics.errors(p_from date, p_to date)
returns table (error_type text, upstream text, errors bigint, users bigint, first_at timestamptz, last_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  with stored as (
    select e.metadata ->> 'error_type' as error_type, error_upstream(e.metadata) as upstream, min(e.created_at) as first_at,
      max(e.created_at) as last_at
    from user_events e
    where e.event_type = 'bot_error' and e.created_at >= analytics.day_start(p_from)
      and e.created_at < analytics.day_start(p_to + 1) and e.user_id not in (select u.user_id from uncounted_users u)
    group by 1, 2
  )
  select s.error_type, s.upstream, sum(s.errors), sum(s.n), min(t.first_at), max(t.last_at)
  from analytics.error_spans s
  left join stored t on t.error_type = s.error_type and t.upstream = s.upstream
  where s.error_type <> 'all' and s.since >= p_from and s.since <= p_to and s.until <= p_to
  group by s.error_type, s.upstream having sum(s.errors) > 0
  order by sum(s.errors) desc, s.error_type, s.upstream
$$;
