/*
  Leaves what a version of the prompt did for a user on the day of p_at to be added to prompt_usage. Without a version, or of a user who
  is erased, nothing.
*/
create or replace function add_prompt_usage(p_user bigint, p_at timestamptz, p_version text, p_tz text, p_sessions integer,
  p_messages integer, p_turns integer, p_cost numeric, p_carts integer) returns void
language plpgsql as $$
begin
  if p_version is null then return; end if;
  insert into prompt_changes (user_id, day, prompt_version, sessions, messages, turns, cost_rub, carts)
  select user_id, local_day(p_at, p_tz), p_version, p_sessions, p_messages, p_turns, p_cost, p_carts
  from users where user_id = p_user;
end $$;
