/* The 200 newest events of a time range, without the user and what public_metadata() removes. */
create or replace function analytics.recent_events(p_from timestamptz, p_to timestamptz)
returns table ("time" timestamptz, event_type text, request_id text, details text)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.created_at, e.event_type, e.request_id,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(public_metadata(e.metadata)) m)
  from user_events e
  where e.created_at >= p_from and e.created_at <= p_to and e.user_id not in (select u.user_id from uncounted_users u)
  order by e.created_at desc, e.id
  limit 200
$$;
