/* A cart that the shop has created: counts it, stores its event, and pays the inviter after the first one. */
create or replace function apply_cart(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_event jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  v_event := find_event(v_user, (f ->> 'id')::uuid, v_at);
  if v_event is not null then
    return jsonb_build_object('cartNumber', v_event -> 'cart_number', 'cartLimit', v.cart_limit, 'inviterPaid', null,
      'repeat', true);
  end if;

  v := count_cart(v_user);
  perform insert_event('cart_created', f, jsonb_build_object(
    'cart_number', v.carts_created,
    'items_count', jsonb_array_length(f #> '{cart,lines}'),
    'total_sum', case when (f ->> 'totalSum')::numeric > 0 then f -> 'totalSum' end,
    'scenario', f -> 'scenario',
    'messages_in_session', v.messages_in_session,
    'affiliate_tag', f -> 'affiliateTag'));
  perform save_last_cart(f);
  return jsonb_build_object('cartNumber', v.carts_created, 'cartLimit', v.cart_limit,
    'inviterPaid', pay_inviter(v, v_at, (s ->> 'referral_bonus')::int), 'repeat', false);
end $$;
