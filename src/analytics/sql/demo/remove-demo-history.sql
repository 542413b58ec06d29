/* Takes the synthetic history out again, with everything it added to the totals. */
create or replace function remove_demo_history(p_first bigint, p_tz text) returns void
language plpgsql as $$
declare
  v_users bigint[];
  v_chain_users bigint[];
  v_chain_days date[];
  v_days date[];
begin
  perform lock_rollups(p_tz);
  v_users := array(select user_id from user_firsts where user_id >= p_first);
  v_days := array(select distinct day from user_days where user_id >= p_first)
    || array(select distinct start_day from user_firsts where user_id >= p_first);
  select coalesce(array_agg(user_id), '{}'), coalesce(array_agg(start_day), '{}') into v_chain_users, v_chain_days
  from user_chains where user_id >= p_first;
  perform add_days(-1, v_users, array_fill('-infinity'::date, array[cardinality(v_users)]), false);
  perform add_chains(-1, v_chain_users, v_chain_days, false, p_tz);
  perform add_answers(-1, v_users, false);
  perform forget_searches(v_users);
  update daily_stats t
  set messages = t.messages - g.messages, llm_calls = t.llm_calls - g.llm_calls, tokens_used = t.tokens_used - g.tokens,
    tokens_cost_rub = t.tokens_cost_rub - g.cost_rub
  from (
    select day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from user_usage where user_id >= p_first group by day
  ) g
  where t.date = g.day;

  delete from dirty_days where user_id >= p_first;
  delete from user_events where user_id >= p_first;
  delete from user_usage where user_id >= p_first;
  delete from user_days where user_id >= p_first;
  delete from user_chains where user_id >= p_first;
  delete from user_firsts where user_id >= p_first;
  delete from survey_answers where user_id >= p_first;
  delete from users where user_id >= p_first;
  delete from demo_history;
  perform set_daily_stats(v_days);
  perform sweep_totals();
end $$;
