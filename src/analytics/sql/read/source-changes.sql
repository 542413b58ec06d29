/*
  The sources with their shares, their users in the period of equal length before, and the changes of users and of the share
  with a cart (see analytics.compared_periods). A source without users in the period has no row.
*/
create or replace function analytics.source_changes(p_from date, p_to date)
returns table (source text, users bigint, before bigint, users_change text, share numeric, new_users bigint, with_cart bigint,
  conversion numeric, conversion_change text, first_carts bigint, carts bigint, gmv numeric, cost_rub numeric, cost_per_user numeric)
language sql stable as $$
  with compared as (
    select x.source, coalesce(sum(x.users) filter (where x.place = 'now'), 0) as users,
      coalesce(sum(x.with_cart) filter (where x.place = 'now'), 0) as with_cart,
      coalesce(sum(x.users) filter (where x.place = 'before'), 0) as before_users,
      coalesce(sum(x.with_cart) filter (where x.place = 'before'), 0) as before_with_cart
    from (
      select 'now' as place, n.* from analytics.compared_periods(p_from, p_to) p, analytics.sources(p.now_from, p.now_to) n
      union all
      select 'before', b.* from analytics.compared_periods(p_from, p_to) p, analytics.sources(p.before_from, p.before_to) b
    ) x
    group by x.source
  )
  select s.source, s.users, case when p_from - 1 >= analytics.kept_since() then coalesce(b.users, 0) end,
    case when p_from >= analytics.today() then 'день ещё идёт' else coalesce(analytics.count_change(c.users, c.before_users), '—') end,
    s.share, s.new_users, s.with_cart, s.conversion,
    case when p_from >= analytics.today() then 'день ещё идёт'
      else coalesce(analytics.share_change(c.with_cart, c.users, c.before_with_cart, c.before_users), '—') end,
    s.first_carts, s.carts, s.gmv, s.cost_rub, s.cost_per_user
  from analytics.source_shares(p_from, p_to) s
  left join analytics.sources(p_from - (p_to - p_from + 1), p_from - 1) b on b.source = s.source
  left join compared c on c.source = s.source
  order by s.users desc, s.source
$$;
