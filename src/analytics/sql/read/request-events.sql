/*
 * The events of one request within a time range, in their order, without the user and what public_metadata() removes. The
 * code is read in any case.
 */
create or replace function analytics.request_events(p_request_id text, p_from timestamptz, p_to timestamptz)
returns table ("time" timestamptz, event_type text, details text)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.created_at, e.event_type,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(public_metadata(e.metadata)) m)
  from user_events e
  where e.request_id = upper(trim(p_request_id)) and e.created_at >= p_from and e.created_at <= p_to
  order by e.created_at, e.id
$$;
