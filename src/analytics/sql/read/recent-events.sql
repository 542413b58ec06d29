/*
  The newest events of a time, or of one request: what happened, without the person it happened to. References to people and
  everything a person may have put in words is left out; what was searched for is in analytics.searches().
*/
create or replace function analytics.recent_events(p_from timestamptz, p_to timestamptz, p_request_id text default null)
returns table ("time" timestamptz, event_type text, request_id text, details text)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.created_at, e.event_type, e.request_id,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(e.metadata - array['referrer_id', 'feedback', 'query', 'affiliate_tag']) m)
  from user_events e
  where e.created_at >= p_from and e.created_at <= p_to and e.user_id not in (select u.user_id from uncounted_users u)
    and (p_request_id is null or e.request_id = p_request_id)
  order by e.created_at desc, e.id
  limit 200
$$;
