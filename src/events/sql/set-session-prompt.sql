/*
  Notes on the user's session with which version of the prompt it is answered, and counts for that version what the usage fact
  f used.
*/
create or replace function set_session_prompt(f jsonb, p_tz text) returns void
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
begin
  update users set session_prompt_version = f ->> 'promptVersion'
  where user_id = v_user and session_prompt_version is distinct from f ->> 'promptVersion';
  perform add_prompt_usage(v_user, (f ->> 'at')::timestamptz, f ->> 'promptVersion', p_tz, found::int, 1,
    (f ->> 'calls')::int, (f ->> 'costRub')::numeric, 0);
end $$;
