/*
  Counts the users of a synthetic history that was loaded in bulk, if the whole database is a demonstration. Returns whether it is; if
  not, their usage does not wait for a count that will not come.
*/
create or replace function count_demo_history(p_tz text) returns boolean
language plpgsql as $$
declare
  v_users bigint[];
begin
  perform lock_rollups(p_tz);
  if not is_demo() then
    delete from user_usage g using users u where u.user_id = g.user_id and u.synthetic;
    return false;
  end if;
  update demo_history set counted = true;
  perform count_demo_ratings(1, p_tz);
  v_users := array(select user_id from users where synthetic order by user_id);
  insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
  select day, sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub)
  from user_usage join users using (user_id) where synthetic
  group by day order by day
  on conflict (date) do update set messages = t.messages + excluded.messages, llm_calls = t.llm_calls + excluded.llm_calls,
    tokens_used = t.tokens_used + excluded.tokens_used, tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;
  perform add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
  perform set_daily_stats(recount_from(v_users, first_whole_day(p_tz), p_tz));
  return true;
end $$;
