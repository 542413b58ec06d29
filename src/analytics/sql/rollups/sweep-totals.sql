/* Deletes totals that have become zero. */
create or replace function sweep_totals() returns void
language sql as $$
  delete from analytics.spans where sinces = '{}';
  delete from analytics.funnel_lags where sinces = '{}';
  delete from analytics.cohort_days where start_days = '{}';
  delete from analytics.cohort_money where (carts, gmv, cost_rub) = (0, 0, 0);
  delete from analytics.survey_totals where n = 0;
  delete from analytics.campaign_totals where (starts, new_users, carts, messages, cost_rub) = (0, 0, 0, 0, 0);
  delete from analytics.rating_totals where carts = 0;
  delete from analytics.churn_totals where (blocks, unblocks) = (0, 0);
  delete from analytics.error_spans where n = 0 and errors = 0;
  delete from analytics.prompt_spans where (users, cost_squared, cost_carts) = (0, 0, 0)
    and (sessions_squared, carts_squared, carts_sessions, messages_squared, turns_squared, turns_messages) = (0, 0, 0, 0, 0, 0);
  delete from query_days where searches = 0
$$;
