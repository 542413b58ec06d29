/*
  Every day of the period with the shares of that day; null where there is nothing to divide by. with_cart: users with a
  cart; conversion: their share of the active users; cost_share: cost of the model as a share of GMV.
*/
create or replace function analytics.day_numbers(p_from date, p_to date)
returns table (date date, "time" timestamptz, dau integer, new_users integer, sessions integer, carts integer, gmv numeric,
  searches integer, errors integer, messages integer, tokens bigint, cost_rub numeric, avg_cart numeric, with_cart bigint,
  conversion numeric, cost_per_user numeric, cost_share numeric, error_share numeric)
language sql stable as $$
  select d.date, analytics.day_start(d.date), d.dau, d.new_users, d.sessions, d.carts, d.gmv, d.searches, d.errors, d.messages,
    d.tokens, d.cost_rub, d.gmv / nullif(p.priced_carts, 0), coalesce(p.buyers, 0), coalesce(p.buyers, 0)::numeric / nullif(d.dau, 0),
    d.cost_rub / nullif(d.dau, 0), d.cost_rub / nullif(d.gmv, 0), d.errors::numeric / nullif(d.messages, 0)
  from analytics.days(p_from, p_to) d
  left join (select t.day, sum(t.priced_carts) as priced_carts, sum(t.buyers) as buyers from analytics.day_totals t
    where t.day >= p_from and t.day <= p_to group by t.day) p on p.day = d.date
  order by d.date
$$;
