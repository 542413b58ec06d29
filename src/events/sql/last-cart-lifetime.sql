/* How long the last cart of a user is offered for extension. */
create or replace function last_cart_lifetime() returns interval
language sql immutable parallel safe as $$ select interval '24 hours' $$;
