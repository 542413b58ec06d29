/*
  The carts of these users that were made on p_days[i] or later: the day, the sum of the latest version, whenever it was
  made (null when that one is unknown), and whether its link carries a partner mark.
*/
create or replace function carts_since(p_users bigint[], p_days date[], p_tz text)
returns table (user_id bigint, day date, cart_number integer, total_sum numeric, labelled boolean)
language sql stable as $$
  with versions as (
    select e.user_id, p.day as first_day, (e.metadata ->> 'cart_number')::integer as cart_number, e.created_at,
      (e.metadata ->> 'revision')::integer as revision, (e.metadata ->> 'total_sum')::numeric as total_sum,
      e.metadata ->> 'affiliate_tag' is not null as labelled,
      count(*) filter (where is_new_cart(e.event_type, e.metadata)) over (
        partition by e.user_id, e.metadata ->> 'cart_number' order by e.created_at, (e.metadata ->> 'revision')::integer) as cart
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
    where e.event_type = 'cart_created'
  )
  select v.user_id, local_day(min(v.created_at), p_tz), v.cart_number,
    (array_agg(v.total_sum order by v.created_at desc, v.revision desc))[1],
    (array_agg(v.labelled order by v.created_at desc, v.revision desc))[1]
  from versions v
  where v.cart > 0 -- 0: corrections of a cart that was made before
  group by v.user_id, v.cart_number, v.cart, v.first_day
  having local_day(min(v.created_at), p_tz) >= v.first_day
$$;
