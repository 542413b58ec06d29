/*
  The days of these users from p_froms[i] on, each with the latest one before it with any event, with a session, with a cart:
  -infinity where there is none.
*/
create or replace function linked_days(p_users bigint[], p_froms date[])
returns table (user_id bigint, day date, seen boolean, active boolean, bought boolean, previous_seen_day date,
  previous_active_day date, previous_cart_day date)
language sql stable as $$
  select d.user_id, d.day, d.events > 0, d.sessions > 0, d.carts > 0,
    coalesce(max(d.day) filter (where d.events > 0) over before, seen.day, '-infinity'),
    coalesce(max(d.day) filter (where d.sessions > 0) over before, active.day, '-infinity'),
    coalesce(max(d.day) filter (where d.carts > 0) over before, cart.day, '-infinity')
  from unnest(p_users, p_froms) as p (user_id, from_day)
  left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.from_day and b.events > 0
    order by b.day desc limit 1) seen on true
  left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.from_day and b.sessions > 0
    order by b.day desc limit 1) active on true
  left join lateral (select b.day from user_days b where b.user_id = p.user_id and b.day < p.from_day and b.carts > 0
    order by b.day desc limit 1) cart on true
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  window before as (partition by d.user_id order by d.day rows between unbounded preceding and 1 preceding)
$$;
