create or replace function apply_start(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_inviter bigint;
  v_link boolean;
  v_metadata jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  select metadata into v_metadata from user_events
  where user_id = v_user and id = (f ->> 'id')::uuid
    and created_at between v_at - interval '3 days' and v_at + interval '3 days';
  if found then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
      'source', v_metadata -> 'source', 'inviterId', null, 'repeat', true);
  end if;

  if v.blocked_at <= v_at then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', false,
      'source', v.source, 'inviterId', null, 'repeat', true);
  end if;

  select u.user_id into v_inviter from users u
  where u.user_id = coalesce(
      (select c.user_id from referral_codes c where c.code = f #>> '{inviter,code}'),
      (f #>> '{inviter,userId}')::bigint)
    and u.user_id <> v_user;
  v_metadata := jsonb_build_object(
    'source', case when v_inviter is null then f ->> 'source' else 'referral' end,
    'referrer_id', v_inviter,
    'is_new_user', v.started_at is null and not v.started_before_erasure);
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'bot_start', v_metadata, v_at, f ->> 'r');

  v_link := v_inviter is not null and v.started_at is null and v.may_be_invited and v.carts_created = 0;
  -- a start that waited on disk may be older than the one that came before it
  if v.started_at is null or v_at < v.started_at then
    update users set
      started_at = v_at,
      source = v_metadata ->> 'source',
      invited_by = case when v_link then v_inviter else invited_by end,
      may_be_invited = may_be_invited and not v_link
    where user_id = v_user returning * into v;
  end if;
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
    'source', v_metadata -> 'source', 'inviterId', case when v_link then v_inviter end, 'repeat', false);
end $$;
