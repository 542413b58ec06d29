/*
  The place of a correction made at p_at, {cart_number, revision}: the cart that was the user's last one then, by the times
  of the facts and not by their arrival, and the number after its highest revision. Null when revision_window() has passed.
*/
create or replace function next_version(p_user bigint, p_at timestamptz) returns jsonb
language plpgsql as $$
declare
  v_number integer;
begin
  select (metadata ->> 'cart_number')::integer into v_number from user_events
  where user_id = p_user and event_type = 'cart_created' and created_at >= p_at - revision_window() and created_at <= p_at
  order by created_at desc, (metadata ->> 'cart_number')::integer desc limit 1;
  if v_number is null then return null; end if;

  return (
    select jsonb_build_object('cart_number', v_number, 'revision', coalesce(max((metadata ->> 'revision')::integer), 0) + 1)
    from user_events
    where user_id = p_user and event_type = 'cart_created' and (metadata ->> 'cart_number')::integer = v_number);
end $$;
