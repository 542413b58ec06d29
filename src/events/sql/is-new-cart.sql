/* True if the event is a new cart, and not a correction of one. */
create or replace function is_new_cart(p_type text, p_metadata jsonb) returns boolean
language sql immutable parallel safe as $$
  select p_type = 'cart_created' and coalesce(p_metadata ->> 'revision', '0') = '0'
$$;
