/*
  Metadata of an event as it stands in an archive: numbers, yes, no and unknown, and the words of closed lists, so no text of a user
  whatever is recorded one day; no reference to a user; of a failure the service instead of its message.
*/
create or replace function archived_metadata(p_type text, p_metadata jsonb) returns jsonb
language sql immutable parallel safe as $$
  select coalesce(jsonb_object_agg(m.key, m.value), '{}')
    || case when p_type = 'bot_error' then jsonb_build_object('upstream', error_upstream(p_metadata)) else '{}' end
  from jsonb_each(p_metadata) m
  where m.key <> 'referrer_id'
    and (jsonb_typeof(m.value) in ('number', 'boolean', 'null') or m.key in ('source', 'scenario', 'pmf', 'useful_feature', 'error_type'))
$$;
