/* The numbers of a period by the source of the users' first /start. */
create or replace function analytics.sources(p_from date, p_to date)
returns table (source text, users bigint, new_users bigint, with_cart bigint, first_carts bigint, carts bigint, gmv numeric,
  cost_rub numeric)
language sql stable as $$
  select s.source, s.users, t.new_users, s.with_cart, t.first_carts, t.carts, t.gmv, t.cost_rub
  from (
    select g.source, sum(analytics.sum_since(p_from, g.sinces, g.sums)) filter (where g.kind = 'seen') as users,
      coalesce(sum(analytics.sum_since(p_from, g.sinces, g.sums)) filter (where g.kind = 'buyer'), 0) as with_cart
    from analytics.spans g
    where g.kind in ('seen', 'buyer') and g.source in (select x.source from analytics.day_totals x where x.day <= p_to and x.day >= p_from)
      and g.day >= p_from and g.day <= p_to
    group by g.source
  ) s
  join (
    select d.source, sum(d.new_users) as new_users, sum(d.first_carts) as first_carts, sum(d.carts) as carts, sum(d.gmv) as gmv,
      sum(d.cost_rub) as cost_rub
    from analytics.day_totals d where d.day >= p_from and d.day <= p_to
    group by d.source
  ) t on t.source = s.source
  where s.users > 0
  order by s.users desc, s.source
$$;
