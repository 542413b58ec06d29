/*
  What carts of a period may bring and what the model has cost, in all and by source, campaign and week of the first /start.
  Income = GMV x share of carts with a partner mark x p_affiliate_percent x p_order_percent; null without p_affiliate_percent.
  Its low end takes the lower limit of the share's 95 % Wilson interval and half the order share, its high end the upper limit
  and one and a half times the order share. Money is rounded to kopecks.
*/
create or replace function analytics.unit_economics(p_from date, p_to date,
  p_affiliate_percent numeric default analytics.affiliate_percent(), p_order_percent numeric default analytics.order_percent())
returns table (dimension text, key text, carts bigint, labelled_carts bigint, gmv numeric, cost_rub numeric, income numeric,
  income_low numeric, income_high numeric, margin numeric, margin_low numeric, margin_high numeric)
language sql stable as $$
  with parts as (
    select 'all' as dimension, 'all' as key, sum(t.carts) as carts, sum(t.labelled_carts) as labelled_carts, sum(t.gmv) as gmv,
      sum(t.cost_rub) as cost_rub
    from analytics.day_totals t where t.day >= p_from and t.day <= p_to
    union all
    select 'source', t.source, sum(t.carts), sum(t.labelled_carts), sum(t.gmv), sum(t.cost_rub)
    from analytics.day_totals t where t.day >= p_from and t.day <= p_to group by t.source
    union all
    select 'campaign', t.campaign, sum(t.carts), sum(t.labelled_carts), sum(t.gmv), sum(t.cost_rub)
    from analytics.campaign_totals t where t.day >= p_from and t.day <= p_to group by t.campaign
    union all
    select 'cohort', case when t.week > '-infinity' then t.week::text else 'none' end, sum(t.carts), sum(t.labelled_carts),
      sum(t.gmv), sum(t.cost_rub)
    from analytics.cohort_money t where t.day >= p_from and t.day <= p_to group by t.week
  ), priced as (
    select p.*, w.low as share_low, w.high as share_high,
      (p.gmv * p_affiliate_percent / 100)::double precision as if_all
    from parts p cross join lateral analytics.wilson(p.labelled_carts, p.carts) w
    where p.carts > 0 or p.cost_rub > 0
  ), earned as (
    select p.*,
      round((p.if_all * coalesce(p.labelled_carts::double precision / nullif(p.carts, 0), 0) * p_order_percent::double precision / 100)::numeric, 2) as income,
      round((p.if_all * coalesce(p.share_low, 0) * (p_order_percent / 2)::double precision / 100)::numeric, 2) as low,
      round((p.if_all * coalesce(p.share_high, 0) * least(100, p_order_percent * 1.5)::double precision / 100)::numeric, 2) as high,
      round(p.cost_rub, 2) as cost
    from priced p
  )
  select e.dimension, e.key, e.carts, e.labelled_carts, round(e.gmv, 2), e.cost, e.income, e.low, e.high,
    e.income - e.cost, e.low - e.cost, e.high - e.cost
  from earned e
  order by array_position(array['all', 'source', 'campaign', 'cohort'], e.dimension),
    case when e.dimension <> 'cohort' then e.carts end desc, e.key collate "C"
$$;
