/* Stores the event that the fact f produces. */
create or replace function insert_event(p_type text, f jsonb, p_metadata jsonb) returns void
language plpgsql as $$
begin
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id, campaign)
  values ((f ->> 'id')::uuid, (f ->> 'u')::bigint, p_type, p_metadata, (f ->> 'at')::timestamptz, f ->> 'r', f ->> 'campaign');
end $$;
