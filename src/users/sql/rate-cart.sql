/*
  Stores what a user thinks of a cart, of the version that the request made; the reason chosen for it stays while the rating is the
  same. `known` is false without such a cart. What it changes of the totals waits in rating_changes.
*/
create or replace function rate_cart(p_user bigint, p_cart_number integer, p_request text, p_rating text, p_reason text,
  p_prompt_version text, p_at timestamptz, out known boolean, out changed boolean)
language plpgsql as $$
declare
  v_revision integer;
  v_before cart_ratings;
begin
  changed := false;
  select (metadata ->> 'revision')::integer into v_revision
  from user_events
  where user_id = p_user and event_type = 'cart_created' and request_id = p_request
    and (metadata ->> 'cart_number')::integer = p_cart_number
  order by created_at desc limit 1;
  known := found;
  if not known then return; end if;

  insert into cart_ratings (user_id, cart_number, revision, rating, reason, prompt_version, request_id, rated_at)
  values (p_user, p_cart_number, v_revision, p_rating, p_reason, p_prompt_version, p_request, p_at)
  on conflict do nothing;
  changed := found;
  if not changed then
    select * into v_before from cart_ratings where user_id = p_user and cart_number = p_cart_number for update;
    update cart_ratings r set revision = v_revision, rating = p_rating, reason = p_reason, prompt_version = p_prompt_version,
      request_id = p_request, rated_at = p_at
    where r.user_id = p_user and r.cart_number = p_cart_number
      and ((r.rating, r.request_id) is distinct from (p_rating, p_request)
        or p_reason is not null and r.reason is distinct from p_reason);
    changed := found;
  end if;
  if changed then
    insert into rating_changes (rated_at, prompt_version, rating, reason, n)
    select c.* from (values (v_before.rated_at, v_before.prompt_version, v_before.rating, v_before.reason, -1),
      (p_at, p_prompt_version, p_rating, p_reason, 1)) as c (rated_at, prompt_version, rating, reason, n)
    where c.rated_at is not null and not exists (select 1 from uncounted_users u where u.user_id = p_user);
  end if;
end $$;
