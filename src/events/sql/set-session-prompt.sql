/* Notes on the user's session with which version of the prompt it is answered. */
create or replace function set_session_prompt(f jsonb) returns void
language sql as $$
  update users set session_prompt_version = f ->> 'promptVersion'
  where user_id = (f ->> 'u')::bigint and session_prompt_version is distinct from f ->> 'promptVersion'
$$;
