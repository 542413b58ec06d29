/*
  Stores that the user blocked the bot, or let it in again, at p_at, unless it was so already, and returns the user. The state
  is that of the latest time, in whatever order they arrive.
*/
create or replace function set_bot_block(v users, p_id uuid, p_at timestamptz, p_blocked boolean, p_tz text) returns users
language plpgsql as $$
begin
  if p_blocked = coalesce((
      select blocked from bot_blocks where user_id = v.user_id and at <= p_at order by at desc, position desc limit 1), false)
  then return v; end if;
  insert into bot_blocks (user_id, id, at, blocked) values (v.user_id, p_id, p_at, p_blocked) on conflict do nothing;
  insert into dirty_days (day, users) values (local_day(p_at, p_tz), array[v.user_id]);
  update users set bot_blocked_at = (
    select case when blocked then at end from bot_blocks where user_id = v.user_id order by at desc, position desc limit 1)
  where user_id = v.user_id returning * into v;
  return v;
end $$;
