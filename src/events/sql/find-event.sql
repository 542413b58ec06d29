/* Metadata of the event a fact has produced already, also when it was delivered with another time; null when there is none. */
create or replace function find_event(p_user bigint, p_id uuid, p_at timestamptz) returns jsonb
language plpgsql stable as $$
declare
  v_metadata jsonb;
begin
  select metadata into v_metadata from user_events
  where user_id = p_user and id = p_id and created_at between p_at - repeat_window() and p_at + repeat_window();
  return v_metadata;
end $$;
