/*
  Applies a batch of facts in one transaction and one round trip. p_facts change state and are applied in order within a
  user: {o: ordinal, k: kind, id, u: user id, at, r: request id, …}, kinds and fields are those of src/events/facts.ts.
  p_events are plain events: {o, id, u, t: type, m: metadata, at, r}. p_settings is {tz, cart_limit, survey_bonus,
  referral_bonus}. Returns the outcomes there are as [{o, outcome}], of plain events only for those not stored, or null when
  this batch was applied before; a deferred fact has none yet.
*/
create or replace function record_facts(p_batch uuid, p_facts jsonb, p_events jsonb, p_settings jsonb) returns jsonb
language plpgsql as $$
declare
  v_tz text := p_settings ->> 'tz';
  f jsonb;
  v_outcome jsonb;
  v_added jsonb;
  v_given jsonb := p_events;
  -- arrays: appending to jsonb copies the whole of it
  v_outcomes jsonb[] := '{}';
  v_usage jsonb[] := '{}';
begin
  insert into applied_batches (batch_id) values (p_batch) on conflict do nothing;
  if not found then return null; end if;
  p_facts := facts_not_in_future(p_facts);
  select d.p_facts, d.p_events into p_facts, p_events from defer_facts(p_facts, p_events, p_settings) d;

  -- rows are locked in the order of user ids, so that two batches seldom deadlock
  for f in
    select value from jsonb_array_elements(p_facts) order by (value ->> 'u')::bigint, (value ->> 'o')::int
  loop
    v_outcome := apply_fact(f, p_settings);
    if v_outcome is not null then
      v_outcomes := array_append(v_outcomes, jsonb_build_object('o', f -> 'o', 'outcome', v_outcome));
    end if;
    v_added := usage_of(f, v_outcome, v_tz);
    if v_added is not null then v_usage := array_append(v_usage, v_added); end if;
  end loop;

  if p_facts <> '[]' then perform mark_days(p_facts, v_tz); end if;
  if p_events <> '[]' then
    v_outcomes := v_outcomes || array(
      select jsonb_build_object('o', repeated, 'outcome', jsonb_build_object('stored', false))
      from insert_events(p_events, v_tz) as repeated);
  end if;
  if jsonb_array_length(p_events) < jsonb_array_length(v_given) then
    v_outcomes := v_outcomes || array(
      select jsonb_build_object('o', value -> 'o', 'outcome', jsonb_build_object('stored', false))
      from jsonb_array_elements(v_given)
      where value -> 'o' not in (select value -> 'o' from jsonb_array_elements(p_events)));
  end if;
  -- last: every batch of the day waits for the day's row
  if v_usage <> '{}' then perform add_usage(to_jsonb(v_usage)); end if;
  return to_jsonb(v_outcomes);
end $$;
