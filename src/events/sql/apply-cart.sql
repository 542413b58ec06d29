create or replace function apply_cart(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_number integer;
  v_paid jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  -- a second delivery of the message comes with another time, so the key alone would not find it
  select (metadata ->> 'cart_number')::int into v_number from user_events
  where user_id = v_user and id = (f ->> 'id')::uuid
    and created_at between v_at - interval '3 days' and v_at + interval '3 days';
  if found then
    return jsonb_build_object('cartNumber', v_number, 'cartLimit', v.cart_limit, 'inviterPaid', null, 'repeat', true);
  end if;

  update users set carts_created = carts_created + 1 where user_id = v_user returning * into v;
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'cart_created', jsonb_build_object(
    'cart_number', v.carts_created,
    'items_count', jsonb_array_length(f #> '{cart,lines}'),
    'total_sum', case when (f ->> 'totalSum')::numeric > 0 then f -> 'totalSum' end,
    'scenario', f -> 'scenario',
    'messages_in_session', v.messages_in_session,
    'affiliate_tag', f -> 'affiliateTag'), v_at, f ->> 'r');
  insert into last_carts (user_id, message_fact_id, cart, created_at)
  values (v_user, (f ->> 'messageFactId')::uuid, f -> 'cart', v_at)
  on conflict (user_id) do update
    set message_fact_id = excluded.message_fact_id, cart = excluded.cart, created_at = excluded.created_at
    where last_carts.created_at <= excluded.created_at;

  if v.invited_by is not null and v.inviter_paid_at is null then
    update users set inviter_paid_at = v_at where user_id = v_user;
    update users set cart_limit = cart_limit + (s ->> 'referral_bonus')::int where user_id = v.invited_by
    returning jsonb_build_object('userId', user_id, 'bonus', (s ->> 'referral_bonus')::int, 'cartLimit', cart_limit) into v_paid;
  end if;
  return jsonb_build_object('cartNumber', v.carts_created, 'cartLimit', v.cart_limit, 'inviterPaid', v_paid, 'repeat', false);
end $$;
