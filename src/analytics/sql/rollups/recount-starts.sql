/* Counts the /start with a slug of these users from p_days[i] on. */
create or replace function recount_starts(p_users bigint[], p_days date[], p_tz text) returns void
language sql as $$
  insert into user_starts (user_id, day, slug, starts)
  select e.user_id, local_day(e.created_at, p_tz), e.campaign, count(*)
  from users_since(p_users, p_days, p_tz) p
  join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
  where e.campaign is not null
  group by 1, 2, 3
  order by 1, 2, 3
  on conflict (user_id, day, slug) do update set starts = excluded.starts
$$;
