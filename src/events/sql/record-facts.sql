/*
  Applies a batch of facts in one transaction and one round trip. p_facts change state and are applied in order within a user,
  p_events are plain event rows, {o, id, u, t: type, m: metadata, at, r}. A fact is {o: ordinal, k: kind, id, u: user id, at, r: request id, …}; kinds and fields are
  those of src/events/facts.ts. p_settings is {tz, cart_limit, survey_bonus, referral_bonus}. Returns the outcomes there are
  as [{o, outcome}], or null when this batch was applied before; what was deferred has none yet.
*/
create or replace function record_facts(p_batch uuid, p_facts jsonb, p_events jsonb, p_settings jsonb) returns jsonb
language plpgsql as $$
declare
  f jsonb;
  v_outcome jsonb;
  -- arrays: growing jsonb by an element copies the whole of it
  v_outcomes jsonb[] := '{}';
  v_adds jsonb[] := '{}';
begin
  insert into applied_batches (batch_id) values (p_batch) on conflict do nothing;
  if not found then return null; end if;
  p_facts := not_in_future(p_facts);
  p_events := not_in_future(p_events);
  select d.p_facts, d.p_events into p_facts, p_events from defer_facts(p_facts, p_events, p_settings) d;

  -- rows are locked in the order of user ids, so that two batches seldom wait for each other crosswise
  for f in
    select value from jsonb_array_elements(p_facts) order by (value ->> 'u')::bigint, (value ->> 'o')::int
  loop
    case f ->> 'k'
      when 'message' then
        v_outcome := apply_message(f, p_settings);
        if v_outcome ->> 'delivery' = 'first' then
          v_adds := array_append(v_adds, jsonb_build_object('u', f -> 'u', 'd', v_outcome -> 'day', 'messages', 1));
        end if;
      when 'start' then v_outcome := apply_start(f, p_settings);
      when 'cart' then v_outcome := apply_cart(f, p_settings);
      when 'survey' then v_outcome := apply_survey(f, p_settings);
      when 'consent' then v_outcome := apply_consent(f, p_settings);
      when 'erase' then v_outcome := apply_erase(f, p_settings);
      when 'usage' then
        v_outcome := null;
        v_adds := array_append(v_adds, jsonb_build_object('u', f -> 'u',
          'd', local_day((f ->> 'at')::timestamptz, p_settings ->> 'tz'),
          'calls', f -> 'calls', 'tokens', f -> 'tokens', 'cost', f -> 'costRub'));
      when 'done' then
        v_outcome := null;
        update users set done_messages = (array[(f ->> 'messageFactId')::uuid] || done_messages)[1:20]
        where user_id = (f ->> 'u')::bigint;
      else raise exception 'unknown fact kind' using errcode = 'invalid_parameter_value';
    end case;
    if v_outcome is not null then
      v_outcomes := array_append(v_outcomes, jsonb_build_object('o', f -> 'o', 'outcome', v_outcome));
    end if;
  end loop;

  if p_facts <> '[]' then
    insert into dirty_days (user_id, day)
    select distinct u, local_day(at, p_settings ->> 'tz')
    from jsonb_to_recordset(p_facts) as x (k text, u bigint, at timestamptz)
    where k in ('message', 'start', 'cart', 'survey', 'usage');
  end if;
  if p_events <> '[]' then
    v_outcomes := v_outcomes || array(
      select jsonb_build_object('o', stored, 'outcome', jsonb_build_object('stored', true))
      from insert_events(p_events, p_settings ->> 'tz') as stored);
  end if;

  if v_adds <> '{}' then
    insert into user_usage as t (user_id, day, messages, llm_calls, tokens, cost_rub)
    select u, d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
    from jsonb_to_recordset(to_jsonb(v_adds)) as x (u bigint, d date, messages int, calls int, tokens bigint, cost numeric)
    group by u, d order by u, d
    on conflict (user_id, day) do update set
      messages = t.messages + excluded.messages,
      llm_calls = t.llm_calls + excluded.llm_calls,
      tokens = t.tokens + excluded.tokens,
      cost_rub = t.cost_rub + excluded.cost_rub;

    -- the day's row is touched last: every batch of the day waits for it
    insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
    select d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
    from jsonb_to_recordset(to_jsonb(v_adds)) as x (d date, messages int, calls int, tokens bigint, cost numeric)
    group by d order by d
    on conflict (date) do update set
      messages = t.messages + excluded.messages,
      llm_calls = t.llm_calls + excluded.llm_calls,
      tokens_used = t.tokens_used + excluded.tokens_used,
      tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;
  end if;
  return to_jsonb(v_outcomes);
end $$;
