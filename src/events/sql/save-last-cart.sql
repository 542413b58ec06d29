/* Stores the cart of the fact f, a version {cart_number, revision}, as the user's last one, unless a newer one is stored. */
create or replace function save_last_cart(f jsonb, p_version jsonb) returns void
language plpgsql as $$
begin
  insert into last_carts (user_id, message_fact_id, cart_number, revision, cart, created_at)
  values ((f ->> 'u')::bigint, (f ->> 'messageFactId')::uuid, (p_version ->> 'cart_number')::integer,
    (p_version ->> 'revision')::integer, f -> 'cart', (f ->> 'at')::timestamptz)
  on conflict (user_id) do update
    set message_fact_id = excluded.message_fact_id, cart_number = excluded.cart_number, revision = excluded.revision,
      cart = excluded.cart, created_at = excluded.created_at
    where last_carts.created_at <= excluded.created_at;
end $$;
