/* Adds what waits in rating_changes to the totals of ratings. The caller holds the lock of lock_rollups(). */
create or replace function fold_ratings(p_tz text) returns void
language sql as $$
  with taken as (delete from rating_changes returning *)
  insert into analytics.rating_totals as t (day, prompt_version, rating, reason, carts)
  select local_day(rated_at, p_tz), prompt_version, rating, reason, sum(n) from taken
  group by 1, 2, 3, 4
  having sum(n) <> 0
  order by 1, 2, 3, 4
  on conflict (day, prompt_version, rating, reason) do update set carts = t.carts + excluded.carts
$$;
