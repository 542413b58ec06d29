/* The sources with their share of the users, the share of their users with a cart, and the cost per user. */
create or replace function analytics.source_shares(p_from date, p_to date)
returns table (source text, users bigint, share numeric, new_users bigint, with_cart bigint, conversion numeric,
  first_carts bigint, carts bigint, gmv numeric, cost_rub numeric, cost_per_user numeric)
language sql stable as $$
  select s.source, s.users, s.users / nullif(sum(s.users) over (), 0), s.new_users, s.with_cart,
    s.with_cart::numeric / nullif(s.users, 0), s.first_carts, s.carts, s.gmv, s.cost_rub, s.cost_rub / nullif(s.users, 0)
  from analytics.sources(p_from, p_to) s
  order by s.users desc, s.source
$$;
