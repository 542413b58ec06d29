/*
  Raises the allowance of the inviter of v, once per invited user; called after each of their carts, so with the first one.
  Returns whom to notify, or null when nothing was paid.
*/
create or replace function pay_inviter(v users, p_at timestamptz, p_bonus integer) returns jsonb
language plpgsql as $$
declare
  v_left integer;
begin
  if v.invited_by is null or v.inviter_paid_at is not null then return null; end if;
  update users set inviter_paid_at = p_at where user_id = v.user_id;
  update users set cart_limit = cart_limit + p_bonus where user_id = v.invited_by
  returning greatest(0, cart_limit - carts_created) into v_left;
  if not found then return null; end if; -- the inviter was erased
  return jsonb_build_object('userId', v.invited_by, 'bonus', p_bonus, 'cartsLeft', v_left);
end $$;
