/* Counts the blocks of these users from p_days[i] on: those that changed the state. */
create or replace function recount_bot_blocks(p_users bigint[], p_days date[], p_tz text) returns void
language sql as $$
  update bot_blocks b set day = c.day, step = s.step
  from unnest(p_users, p_days) as p (user_id, day)
  join lateral (
    select x.id, x.at, local_day(x.at, p_tz) as at_day,
      case when x.blocked <> lag(x.blocked, 1, false) over (order by x.at, x.position) then local_day(x.at, p_tz) end as day
    from bot_blocks x where x.user_id = p.user_id
  ) c on c.at_day >= p.day
  cross join lateral furthest_step(p.user_id, c.at) s
  where b.user_id = p.user_id and b.id = c.id and (b.day, b.step) is distinct from (c.day, s.step)
$$;
