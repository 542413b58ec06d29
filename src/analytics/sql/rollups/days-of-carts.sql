/*
  p_days, of p_users, with each day moved back to that of the earliest cart of the user that was corrected on the day or later: its sum is
  counted on the day it was made. A day of which events were dropped is left as it was counted.
  p_carts are those of the users who made or corrected a cart since.
*/
create or replace function days_of_carts(p_users bigint[], p_days date[], p_carts users_from, p_tz text) returns date[]
language sql stable as $$
  with corrected as (
    select c.user_id, min(local_day(m.made_at, p_tz)) as day
    from users_since(p_carts.users, p_carts.days, p_tz) p
    join user_events c on c.user_id = p.user_id and c.created_at >= p.since
    cross join lateral (
      select max(m.created_at) as made_at from user_events m
      where m.user_id = c.user_id and m.event_type = 'cart_created' and m.created_at <= c.created_at
        and m.metadata ->> 'cart_number' = c.metadata ->> 'cart_number' and is_new_cart(m.event_type, m.metadata)) m
    where c.event_type = 'cart_created' and not is_new_cart(c.event_type, c.metadata)
      and local_day(m.made_at, p_tz) >= first_whole_day(p_tz)
    group by c.user_id
  )
  select array_agg(least(p.day, c.day) order by p.ordinality)
  from unnest(p_users, p_days) with ordinality as p (user_id, day, ordinality)
  left join corrected c on c.user_id = p.user_id
$$;
