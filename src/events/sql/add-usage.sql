/* Leaves what usage_of() returned for a batch to be added to the users' days; adds it to the days and to those of the models. */
create or replace function add_usage(p_usage jsonb) returns void
language plpgsql as $$
begin
  insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub)
  select u, d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
  from jsonb_to_recordset(p_usage) as x (u bigint, d date, messages int, calls int, tokens bigint, cost numeric)
  group by u, d;

  insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
  select d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
  from jsonb_to_recordset(p_usage) as x (d date, messages int, calls int, tokens bigint, cost numeric)
  group by d order by d
  on conflict (date) do update set
    messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls,
    tokens_used = t.tokens_used + excluded.tokens_used,
    tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;

  insert into analytics.model_days as t (day, provider, model, calls, tokens, cost_rub)
  select x.d, m.provider, m.model, sum(m.calls), sum(m.tokens), sum(m."costRub")
  from jsonb_to_recordset(p_usage) as x (d date, models jsonb)
  cross join lateral jsonb_to_recordset(case when jsonb_typeof(x.models) = 'array' then x.models else '[]' end)
    as m (provider text, model text, calls int, tokens bigint, "costRub" numeric)
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (day, provider, model) do update set
    calls = t.calls + excluded.calls,
    tokens = t.tokens + excluded.tokens,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $$;
