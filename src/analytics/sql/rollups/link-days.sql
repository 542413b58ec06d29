/* Links each day of these users from p_days[i] on to the latest one before it with any event, with a session, with a cart. */
create or replace function link_days(p_users bigint[], p_days date[]) returns void
language plpgsql as $$
begin
  update user_days d
  set previous_seen_day = x.seen, previous_active_day = x.active, previous_cart_day = x.cart
  from (
    select d.user_id, d.day,
      coalesce(max(d.day) filter (where d.events > 0) over before, seen.day, '-infinity') as seen,
      coalesce(max(d.day) filter (where d.sessions > 0) over before, active.day, '-infinity') as active,
      coalesce(max(d.day) filter (where d.carts > 0) over before, cart.day, '-infinity') as cart
    from unnest(p_users, p_days) as p (user_id, day)
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.events > 0
      order by b.day desc limit 1) seen on true
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.sessions > 0
      order by b.day desc limit 1) active on true
    left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.day and b.carts > 0
      order by b.day desc limit 1) cart on true
    join user_days d on d.user_id = p.user_id and d.day >= p.day
    window before as (partition by d.user_id order by d.day rows between unbounded preceding and 1 preceding)
  ) x
  where d.user_id = x.user_id and d.day = x.day
    and (d.previous_seen_day, d.previous_active_day, d.previous_cart_day) is distinct from (x.seen, x.active, x.cart);
end $$;
