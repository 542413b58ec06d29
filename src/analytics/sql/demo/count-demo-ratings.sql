/* Adds (p_sign 1) the ratings of all synthetic users to the totals, or subtracts (-1) them. */
create or replace function count_demo_ratings(p_sign integer, p_tz text) returns void
language sql as $$
  insert into rating_changes (rated_at, prompt_version, rating, reason, n)
  select day_start(local_day(r.rated_at, p_tz), p_tz), r.prompt_version, r.rating, r.reason, p_sign * count(*)
  from cart_ratings r join users u on u.user_id = r.user_id
  where u.synthetic
  group by local_day(r.rated_at, p_tz), r.prompt_version, r.rating, r.reason
$$;
