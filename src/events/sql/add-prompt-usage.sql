/* Adds to what a version of the prompt did for a user on the day of p_at. Without a version, or of a user who is erased, nothing. */
create or replace function add_prompt_usage(p_user bigint, p_at timestamptz, p_version text, p_tz text, p_sessions integer,
  p_messages integer, p_turns integer, p_cost numeric, p_carts integer) returns void
language sql as $$
  insert into prompt_usage as t (user_id, day, prompt_version, sessions, messages, turns, cost_rub, carts)
  select user_id, local_day(p_at, p_tz), p_version, p_sessions, p_messages, p_turns, p_cost, p_carts
  from users where user_id = p_user and p_version is not null
  on conflict (user_id, day, prompt_version) do update set
    sessions = t.sessions + excluded.sessions,
    messages = t.messages + excluded.messages,
    turns = t.turns + excluded.turns,
    cost_rub = t.cost_rub + excluded.cost_rub,
    carts = t.carts + excluded.carts
$$;
