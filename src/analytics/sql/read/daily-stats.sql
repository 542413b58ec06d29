/* The table daily_stats, for readers. */
create or replace view analytics.daily_stats as
select date, dau, new_users, sessions, carts_created, total_gmv, searches, errors, tokens_used, tokens_cost_rub, messages, llm_calls
from daily_stats;
