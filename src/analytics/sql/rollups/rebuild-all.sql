/*
  Counts everything again from the events. Days whose events were dropped keep what each user contributed on them, and
  contributions of erased users stay.
*/
create or replace function rebuild_all(p_tz text) returns void
language plpgsql as $$
declare
  v_from date;
  v_users bigint[];
  v_starts date[];
begin
  perform take_rollups_lock();
  delete from rollup_state;
  perform lock_rollups(p_tz);
  v_from := first_whole_day(p_tz);
  if not is_demo() then perform uncount_demo_history(p_tz, null); end if;
  perform clear_rollups(v_from, p_tz);
  perform recount_ratings(p_tz);
  perform recount_prompts();

  -- what is left is added first, so that counting again finds it in the totals
  select array_agg(user_id), array_agg(start_day) into v_users, v_starts from user_chains;
  if v_users is not null then perform add_chains(1, v_users, v_starts, false, p_tz); end if;
  perform add_answers(1, array(select user_id from survey_answers), false);
  perform add_errors(1, array(select e from user_errors e), false);
  select array_agg(user_id) into v_users from (
    select user_id from user_events union select user_id from user_usage union select user_id from users
    union select user_id from user_firsts
  ) x
  where user_id not in (select user_id from uncounted_users);
  if v_users is not null then
    perform add_searches(null, searches_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
    perform add_days(null, contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), false);
    perform recount_from(v_users, v_from, p_tz);
    delete from queries where searches = 0;
  end if;
  -- last: the writer waits for a day's row until this transaction ends
  perform set_daily_stats(array(select date from daily_stats union select day from analytics.day_totals));
end $$;
