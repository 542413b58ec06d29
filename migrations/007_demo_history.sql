-- The synthetic history in this database, if there is one: its people have ids from 9 000 000 001 on.
create table demo_history (
  only_row boolean primary key default true check (only_row),
  seed bigint not null,
  users integer not null,
  days integer not null,
  until date not null,
  created_at timestamptz not null default now()
);

/* Counts people who were loaded in bulk. */
create function count_demo_people(p_first bigint, p_tz text) returns void
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

/* Takes the synthetic history out again, with everything it added to the totals. */
create function remove_demo_history(p_first bigint, p_tz text) returns void
language plpgsql as $$
declare
  v_users bigint[];
  v_chain_users bigint[];
  v_chain_days date[];
  v_days date[];
begin
  perform lock_rollups(p_tz);
  v_users := array(select user_id from user_firsts where user_id >= p_first);
  v_days := array(select distinct day from user_days where user_id >= p_first)
    || array(select distinct start_day from user_firsts where user_id >= p_first);
  select coalesce(array_agg(user_id), '{}'), coalesce(array_agg(start_day), '{}') into v_chain_users, v_chain_days
  from user_chains where user_id >= p_first;
  perform add_days(-1, v_users, array_fill('-infinity'::date, array[cardinality(v_users)]), false);
  perform add_chains(-1, v_chain_users, v_chain_days, false, p_tz);
  perform add_answers(-1, v_users, false);
  perform forget_searches(v_users);
  update daily_stats t
  set messages = t.messages - g.messages, llm_calls = t.llm_calls - g.llm_calls, tokens_used = t.tokens_used - g.tokens,
    tokens_cost_rub = t.tokens_cost_rub - g.cost_rub
  from (
    select day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from user_usage where user_id >= p_first group by day
  ) g
  where t.date = g.day;

  delete from dirty_days where user_id >= p_first;
  delete from user_events where user_id >= p_first;
  delete from user_usage where user_id >= p_first;
  delete from user_days where user_id >= p_first;
  delete from user_chains where user_id >= p_first;
  delete from user_firsts where user_id >= p_first;
  delete from survey_answers where user_id >= p_first;
  delete from users where user_id >= p_first;
  delete from demo_history;
  perform set_daily_stats(v_days);
  perform sweep_totals();
end $$;
