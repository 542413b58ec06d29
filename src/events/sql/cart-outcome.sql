/* What apply_cart() answers for the user v; p_version has cart_number and revision, p_paid is that of pay_inviter(). */
create or replace function cart_outcome(v users, p_version jsonb, p_paid jsonb, p_repeat boolean) returns jsonb
language sql immutable as $$
  select jsonb_build_object('cartNumber', p_version -> 'cart_number', 'revision', p_version -> 'revision',
    'cartsCreated', v.carts_created, 'cartLimit', v.cart_limit, 'inviterPaid', p_paid, 'repeat', p_repeat)
$$;
