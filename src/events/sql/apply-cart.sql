/*
  A cart that the shop has created. A new one is counted, and pays the inviter when it is the first; a correction of the
  user's last cart is a version of that one and does neither. The messages taken into its answer are done with it.
*/
create or replace function apply_cart(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_event jsonb;
  v_version jsonb;
  v_paid jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  v_event := find_event(v_user, (f ->> 'id')::uuid, v_at);
  if v_event is not null then return cart_outcome(v, v_event, null, true); end if;

  if (f ->> 'revises')::boolean then v_version := next_version(v_user, v_at); end if;
  if v_version is null then
    v := count_cart(v_user);
    v_version := jsonb_build_object('cart_number', v.carts_created, 'revision', 0);
    v_paid := pay_inviter(v, v_at, (s ->> 'referral_bonus')::int);
    perform add_prompt_usage(v_user, v_at, f ->> 'promptVersion', s ->> 'tz', 0, 0, 0, 0, 1);
  end if;
  perform insert_event('cart_created', f, v_version || jsonb_build_object(
    'items_count', jsonb_array_length(f #> '{cart,lines}'),
    'total_sum', case when (f ->> 'totalSum')::numeric > 0 then f -> 'totalSum' end,
    'scenario', f -> 'scenario',
    'messages_in_session', v.messages_in_session,
    'affiliate_tag', f -> 'affiliateTag'));
  perform save_last_cart(f, v_version);
  perform apply_done(jsonb_build_object('u', v_user, 'messageFactId', id))
  from jsonb_array_elements_text(f -> 'alsoAnswers') as also(id);
  return cart_outcome(v, v_version, v_paid, false);
end $$;
