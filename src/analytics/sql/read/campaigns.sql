/*
  The numbers of a period by campaign, and from the beginning to the end of the period (total_…), which the price was paid
  for. Campaigns without any activity are zeros.
*/
create or replace function analytics.campaigns(p_from date, p_to date)
returns table (campaign text, name text, price_rub numeric, starts bigint, new_users bigint, first_carts bigint, carts bigint,
  gmv numeric, messages bigint, cost_rub numeric, total_new_users bigint, total_first_carts bigint, total_gmv numeric, total_cost_rub numeric)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.slug, c.name, c.price_rub,
    coalesce(sum(t.starts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.new_users) filter (where t.day >= p_from), 0),
    coalesce(sum(t.first_carts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.carts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.gmv) filter (where t.day >= p_from), 0),
    coalesce(sum(t.messages) filter (where t.day >= p_from), 0),
    coalesce(sum(t.cost_rub) filter (where t.day >= p_from), 0),
    coalesce(sum(t.new_users), 0), coalesce(sum(t.first_carts), 0), coalesce(sum(t.gmv), 0), coalesce(sum(t.cost_rub), 0)
  from campaigns c
  left join analytics.campaign_totals t on t.campaign = c.slug and t.day <= p_to
  where not c.synthetic or exists (select 1 from demo_history where counted)
  group by c.slug
  order by 5 desc, 4 desc, c.slug collate "C"
$$;
