/* A /start. Only the first one sets the source and the campaign, and links the inviter when nothing was done before it. */
create or replace function apply_start(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_inviter bigint;
  v_linked bigint;
  v_metadata jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.bot_blocked_at < v_at then v := set_bot_block(v, (f ->> 'id')::uuid, v_at, false, s ->> 'tz'); end if; -- who writes has let it in
  v_metadata := find_event(v_user, (f ->> 'id')::uuid, v_at);
  if v_metadata is not null then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
      'source', v_metadata -> 'source', 'inviterId', null, 'repeat', true);
  end if;

  if v.blocked_at <= v_at then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', false,
      'source', v.source, 'inviterId', null, 'repeat', true);
  end if;

  v_inviter := find_inviter(f -> 'inviter', v_user);
  v_metadata := start_metadata(v, f ->> 'source', v_inviter);
  perform insert_event('bot_start', f, v_metadata);
  v_linked := case when v.started_at is null and v.may_be_invited and v.carts_created = 0 then v_inviter end;
  v := set_first_start(v, v_at, v_metadata ->> 'source', v_linked, f ->> 'campaign');
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
    'source', v_metadata -> 'source', 'inviterId', v_linked, 'repeat', false);
end $$;
