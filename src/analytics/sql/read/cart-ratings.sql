/* The ratings of a period, by the version of the prompt that made the cart. A cart has one, its latest. */
create or replace function analytics.cart_ratings(p_from date, p_to date)
returns table (prompt_version text, rating text, reason text, carts bigint)
language sql stable security definer set search_path = public, pg_temp set enable_sort = off as $$ -- few groups of many rows, which a plan for any period does not know
  select r.prompt_version, r.rating, r.reason, count(*)
  from cart_ratings r
  where r.rated_at >= (select analytics.day_start(p_from)) and r.rated_at < (select analytics.day_start(p_to + 1))
    and r.user_id not in (select u.user_id from uncounted_users u)
  group by r.prompt_version, r.rating, r.reason
  order by r.prompt_version, r.rating desc, r.reason
$$;
