/* Deletes the totals of users who are not erased, and what is counted of each user from the day p_from on; their usage waits to be counted again. */
create or replace function clear_rollups(p_from date, p_tz text) returns void
language plpgsql as $$
declare
  v_since timestamptz := day_start(p_from, p_tz);
begin
  delete from dirty_days;
  delete from analytics.day_totals where not erased;
  delete from analytics.spans where not erased;
  delete from analytics.funnel_lags where not erased;
  delete from analytics.cohort_days where not erased;
  delete from analytics.cohort_money where not erased;
  delete from analytics.survey_totals where not erased;
  delete from analytics.campaign_totals where not erased;
  delete from analytics.churn_totals where not erased;
  delete from analytics.error_spans where not erased;
  delete from query_days;
  update queries set searches = 0;
  with cleared as (delete from user_days where day >= p_from returning user_id, day, messages, llm_calls, tokens, cost_rub)
  insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub) select * from cleared
  where (messages, llm_calls, tokens, cost_rub) <> (0, 0, 0, 0);
  delete from user_starts where day >= p_from;
  update bot_blocks set day = null where day >= p_from;
  delete from user_chains where start_day >= p_from;
  delete from survey_answers where day >= p_from;
  delete from user_errors where day >= p_from;

  -- an older path keeps its steps before that day
  update user_chains set
    message_at = case when message_at < v_since then message_at end,
    search_at = case when search_at < v_since then search_at end,
    cart_at = case when cart_at < v_since then cart_at end,
    limit_at = case when limit_at < v_since then limit_at end,
    survey_at = case when survey_at < v_since then survey_at end
  where survey_at is null or survey_at >= v_since;
end $$;
