/*
  Counts everything again from the events. Days whose events are gone keep what single people added on them, and what erased
  people added stays.
*/
create or replace function rebuild_all(p_tz text) returns void
language plpgsql as $$
declare
  v_from date;
  v_since timestamptz;
  v_users bigint[];
  v_starts date[];
begin
  perform take_rollups_lock();
  delete from rollup_state;
  perform lock_rollups(p_tz);
  v_from := first_whole_day(p_tz);
  v_since := day_start(v_from, p_tz);
  if not is_demo() then perform uncount_demo_history(p_tz, null); end if;
  delete from dirty_days;

  delete from analytics.day_totals where not erased;
  delete from analytics.spans where not erased;
  delete from analytics.cohort_days where not erased;
  delete from analytics.survey_totals where not erased;
  delete from query_spans;
  delete from user_searches;
  delete from user_days where day >= v_from;
  delete from user_chains where start_day >= v_from;
  delete from survey_answers where day >= v_from;

  update user_chains set
    message_at = case when message_at < v_since then message_at end,
    search_at = case when search_at < v_since then search_at end,
    cart_at = case when cart_at < v_since then cart_at end,
    limit_at = case when limit_at < v_since then limit_at end,
    survey_at = case when survey_at < v_since then survey_at end
  where survey_at is null or survey_at >= v_since;
  select array_agg(user_id), array_agg(start_day) into v_users, v_starts from user_chains;
  if v_users is not null then perform add_chains(1, v_users, v_starts, false, p_tz); end if;
  perform add_answers(1, array(select user_id from survey_answers), false);

  select array_agg(user_id) into v_users from (
    select user_id from user_events union select user_id from user_usage union select user_id from users
    union select user_id from user_firsts
  ) x
  where user_id not in (select user_id from uncounted_users);
  if v_users is not null then
    -- what stands in user_days now is added first, so that counting again finds it in the totals
    perform add_days(1, v_users, array_fill('-infinity'::date, array[cardinality(v_users)]), false);
    perform recount_from(v_users, v_from, p_tz);
  end if;
  -- last, for the writer waits for a day's row until this transaction ends
  perform set_daily_stats(array(select date from daily_stats union select day from analytics.day_totals));
end $$;
