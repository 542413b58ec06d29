/*
  Counts the totals of ratings again. One statement reads the ratings and deletes what waits: a rating that is given during it is in
  both or in neither.
*/
create or replace function recount_ratings(p_tz text) returns void
language plpgsql as $$
begin
  delete from analytics.rating_totals;
  with counted as (delete from rating_changes)
  insert into analytics.rating_totals (day, prompt_version, rating, reason, carts)
  select local_day(r.rated_at, p_tz), r.prompt_version, r.rating, r.reason, count(*)
  from cart_ratings r
  where r.user_id not in (select u.user_id from uncounted_users u)
  group by 1, 2, 3, 4;
end $$;
