/* Users who blocked the bot in Telegram, and who let it in again, by day, source of the first /start, and furthest step until then. */
create or replace function analytics.churn(p_from date, p_to date)
returns table (day date, source text, step text, blocks bigint, unblocks bigint)
language sql stable as $$
  select t.day, t.source, (array['none', 'start', 'message', 'search', 'cart', 'limit', 'survey'])[t.step + 1],
    sum(t.blocks), sum(t.unblocks)
  from analytics.churn_totals t
  where t.day >= p_from and t.day <= p_to
  group by t.day, t.source, t.step
  having sum(t.blocks) <> 0 or sum(t.unblocks) <> 0
  order by t.day, t.source, t.step
$$;
