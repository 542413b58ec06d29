/* One row per day since the first event. */
create or replace view analytics.daily as
select date, dau, new_users, sessions, carts_created as carts, total_gmv as gmv, searches, errors, messages, llm_calls,
  tokens_used as tokens, tokens_cost_rub as cost_rub
from daily_stats;
