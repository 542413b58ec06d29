/* Stores the cart of the fact f as the user's last one, unless a newer one is stored. */
create or replace function save_last_cart(f jsonb) returns void
language plpgsql as $$
begin
  insert into last_carts (user_id, message_fact_id, cart, created_at)
  values ((f ->> 'u')::bigint, (f ->> 'messageFactId')::uuid, f -> 'cart', (f ->> 'at')::timestamptz)
  on conflict (user_id) do update
    set message_fact_id = excluded.message_fact_id, cart = excluded.cart, created_at = excluded.created_at
    where last_carts.created_at <= excluded.created_at;
end $$;
