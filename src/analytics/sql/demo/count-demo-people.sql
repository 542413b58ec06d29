/* Counts people who were loaded in bulk. */
create or replace function count_demo_people(p_first bigint, p_tz text) returns void
language plpgsql as $$
declare
  v_users bigint[] := array(select user_id from users where user_id >= p_first order by user_id);
begin
  if cardinality(v_users) = 0 then return; end if;
  perform lock_rollups(p_tz);
  insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
  select day, sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub) from user_usage where user_id >= p_first
  group by day order by day
  on conflict (date) do update set messages = t.messages + excluded.messages, llm_calls = t.llm_calls + excluded.llm_calls,
    tokens_used = t.tokens_used + excluded.tokens_used, tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;
  perform recount_from(v_users, first_whole_day(p_tz), p_tz);
end $$;
