/* Subtracts p_limit (null: all) of the synthetic users from the totals; their events stay. Returns how many it subtracted. */
create or replace function uncount_demo_history(p_tz text, p_limit integer) returns integer
language plpgsql as $$
declare
  v_users bigint[];
  v_chain_users bigint[];
  v_chain_days date[];
  v_days date[];
begin
  perform lock_rollups(p_tz);
  if not exists (select 1 from demo_history where counted) then return 0; end if;
  v_users := array(select user_id from user_firsts join users using (user_id) where synthetic limit p_limit);
  select coalesce(array_agg(user_id), '{}'), coalesce(array_agg(start_day), '{}') into v_chain_users, v_chain_days
  from user_chains where user_id = any (v_users);
  v_days := add_days(contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null, false);
  perform add_chains(-1, v_chain_users, v_chain_days, false, p_tz);
  perform add_answers(-1, v_users, false);
  perform add_errors(-1, errors_of(v_users), false);
  perform add_prompts(prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null);
  perform add_searches(searches_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null);
  update daily_stats t
  set messages = t.messages - g.messages, llm_calls = t.llm_calls - g.llm_calls, tokens_used = t.tokens_used - g.tokens,
    tokens_cost_rub = t.tokens_cost_rub - g.cost_rub
  from (
    select day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from all_usage where user_id = any (v_users) group by day
  ) g
  where t.date = g.day;
  perform unmark_users(v_users);
  perform delete_user_rollups(v_users);
  perform set_daily_stats(v_days);
  if not exists (select 1 from user_firsts join users using (user_id) where synthetic) then
    update demo_history set counted = false;
    perform count_demo_ratings(-1, p_tz);
    perform sweep_totals();
  end if;
  return cardinality(v_users);
end $$;
