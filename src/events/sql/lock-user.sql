/* The user's row, locked until the end of the transaction; registers a new user, with p_hash to find a former erasure. */
create or replace function lock_user(p_user bigint, p_at timestamptz, p_hash bytea, p_cart_limit integer) returns users
language plpgsql as $$
declare
  v users;
begin
  select * into v from users where user_id = p_user for update;
  if found then return v; end if;
  insert into users (user_id, registered_at, cart_limit) values (p_user, p_at, p_cart_limit) on conflict do nothing;
  if found then perform restore_allowance(p_user, p_hash); end if;
  select * into v from users where user_id = p_user for update;
  return v;
end $$;
