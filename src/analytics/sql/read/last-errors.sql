/* The newest failed messages of a period with the code that the user was shown, without the user. */
create or replace function analytics.last_errors(p_from date, p_to date, p_limit integer default 10)
returns table ("time" timestamptz, error_type text, upstream text, request_id text)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.created_at, e.metadata ->> 'error_type', error_upstream(e.metadata), e.request_id
  from user_events e
  where e.event_type = 'bot_error' and e.created_at >= analytics.day_start(p_from)
    and e.created_at < analytics.day_start(p_to + 1) and e.user_id not in (select u.user_id from uncounted_users u)
  order by e.created_at desc, e.id
  limit p_limit
$$;
