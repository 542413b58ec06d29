/* Counts one more cart of the user; carts_created is its number. The row is locked by lock_user(), so numbers have no gaps. */
create or replace function count_cart(p_user bigint) returns users
language plpgsql as $$
declare
  v users;
begin
  update users set carts_created = carts_created + 1 where user_id = p_user returning * into v;
  return v;
end $$;
