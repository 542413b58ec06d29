/*
  Deletes a user from the rollups; their contributions to the totals stay, as those of an erased user. Their queries go: they
  are text. So does what versions of the prompt did for them: users are compared who have not been erased.
*/
create or replace function erase_from_rollups(p_user bigint, p_tz text) returns void
language plpgsql as $$
declare
  v_day date;
  v_start_days date[];
  v_starters bigint[];
  v_contribution contribution;
begin
  perform lock_rollups(p_tz);
  select min(day) into v_day from unmark_users(array[p_user]) as day where day >= first_whole_day(p_tz);
  if v_day is not null then perform set_daily_stats(recount_users(array[p_user], array[v_day], p_tz)); end if;

  v_start_days := array(select start_day from user_chains where user_id = p_user);
  v_starters := array_fill(p_user, array[cardinality(v_start_days)]);
  v_contribution := contribution_of(array[p_user], array['-infinity'::date]);
  perform add_days(v_contribution, null, false);
  perform add_days(null, v_contribution, true);
  perform add_chains(-1, v_starters, v_start_days, false, p_tz);
  perform add_chains(1, v_starters, v_start_days, true, p_tz);
  perform add_answers(-1, array[p_user], false);
  perform add_answers(1, array[p_user], true);
  perform add_errors(-1, errors_of(array[p_user]), false);
  perform add_errors(1, errors_of(array[p_user]), true);

  perform add_prompts(prompt_pairs_of(array[p_user], array['-infinity'::date]), null);
  perform add_searches(searches_of(array[p_user], array['-infinity'::date]), null);
  perform delete_user_rollups(array[p_user]);
end $$;
