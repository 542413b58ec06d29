/* The ratings of a period, by the version of the prompt that made the cart. A cart has one, its latest. */
create or replace function analytics.cart_ratings(p_from date, p_to date)
returns table (prompt_version text, rating text, reason text, carts bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select x.prompt_version, x.rating, x.reason, sum(x.n)::bigint
  from (
    select t.prompt_version, t.rating, t.reason, t.carts as n from analytics.rating_totals t
    where t.day >= p_from and t.day <= p_to
    union all
    select c.prompt_version, c.rating, c.reason, c.n from rating_changes c
    where c.rated_at >= (select analytics.day_start(p_from)) and c.rated_at < (select analytics.day_start(p_to + 1))
  ) x
  group by x.prompt_version, x.rating, x.reason
  having sum(x.n) <> 0
  order by x.prompt_version, x.rating desc, x.reason
$$;
