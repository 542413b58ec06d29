/* A message: starts a session after a pause longer than session_gap(). A repeated delivery changes nothing. */
create or replace function apply_message(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_id uuid := (f ->> 'id')::uuid;
  v_day date := local_day(v_at, s ->> 'tz');
  v_started boolean;
  v_sessions_today integer;
  v_days_since integer;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.bot_blocked_at < v_at then v := set_bot_block(v, v_id, v_at, false, s ->> 'tz'); end if; -- who writes has let it in
  if v_id = any (v.recent_messages) then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', false,
      'delivery', case when v_id = any (v.done_messages) then 'done' else 'repeat' end,
      'cart', (select cart from last_carts where user_id = v_user and message_fact_id = v_id));
  end if;

  -- a message of a blocked user is not counted and starts no session
  if v.blocked_at <= v_at then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', false,
      'delivery', 'refused', 'cart', null);
  end if;

  v_started := v.last_message_at is null or v_at - v.last_message_at > session_gap();
  v_sessions_today := case when v.session_day = v_day then v.sessions_today else 0 end + v_started::int;
  v_days_since := case when v.last_message_at is not null then greatest(0, v_day - local_day(v.last_message_at, s ->> 'tz')) end;
  update users set
    last_message_at = greatest(last_message_at, v_at),
    session_day = case when v_started then v_day else session_day end,
    sessions_today = case when v_started then v_sessions_today else sessions_today end,
    session_prompt_version = case when not v_started then session_prompt_version end,
    messages_in_session = case when v_started then 1 else messages_in_session + 1 end,
    recent_messages = latest_ids(recent_messages, v_id)
  where user_id = v_user returning * into v;
  if v_started then
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    values (v_id, v_user, 'session_start', jsonb_build_object(
      'day_number', greatest(0, v_day - local_day(v.registered_at, s ->> 'tz')),
      'sessions_today', v_sessions_today,
      'days_since_last_session', v_days_since), v_at, f ->> 'r')
    on conflict do nothing;
  end if;
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', v_started,
    'delivery', 'first', 'cart', null, 'day', v_day);
end $$;
