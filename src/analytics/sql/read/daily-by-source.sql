/* One row per day and source of the first /start. */
create or replace view analytics.daily_by_source as
select day, source, sum(new_users) as new_users, sum(dau) as dau, sum(sessions) as sessions, sum(carts) as carts,
  sum(priced_carts) as priced_carts, sum(gmv) as gmv, sum(first_carts) as first_carts, sum(buyers) as buyers,
  sum(searches) as searches, sum(errors) as errors, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub,
  sum(labelled_carts) as labelled_carts
from analytics.day_totals
group by day, source;
