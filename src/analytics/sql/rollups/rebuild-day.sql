/* Counts one day again, for every user with anything on it. */
create or replace function rebuild_day(p_day date, p_tz text) returns void
language plpgsql as $$
declare
  v_users bigint[];
  v_changed date[];
begin
  perform lock_rollups(p_tz);
  if p_day >= first_whole_day(p_tz) then
    select array_agg(user_id) into v_users from (
      select user_id from user_events
      where created_at >= day_start(p_day, p_tz) and created_at < day_end(p_day, p_tz)
      union select user_id from user_days where day = p_day
      union select user_id from user_usage where day = p_day
      union select user_id from users
      where started_at >= day_start(p_day, p_tz) and started_at < day_end(p_day, p_tz)
    ) x
    where user_id not in (select user_id from uncounted_users);
    v_changed := recount_from(v_users, p_day, p_tz);
  end if;
  perform set_daily_stats(array[p_day] || v_changed);
end $$;
