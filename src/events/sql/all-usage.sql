/* Messages and model usage of users per day, counted or not yet: a day of a user may have several rows. */
create or replace view all_usage as
select user_id, day, messages, llm_calls, tokens, cost_rub from user_days
union all
select user_id, day, messages, llm_calls, tokens, cost_rub from user_usage;
