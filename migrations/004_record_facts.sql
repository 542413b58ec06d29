-- The one way facts enter the database: record_facts() applies a batch of facts in one transaction and one round trip.
-- A fact is {o: ordinal, k: kind, id, u: user id, at, r: request id, …}; kinds and fields are those of src/events/facts.ts.
-- p_settings is {tz, cart_limit, survey_bonus, referral_bonus}.

-- What a person said and cost on a day and no event tells: added to by the batch that brings it.
create table user_usage (
  user_id bigint not null,
  day date not null,
  messages integer not null default 0,
  llm_calls integer not null default 0,
  tokens bigint not null default 0,
  cost_rub numeric not null default 0,
  primary key (user_id, day)
) with (fillfactor = 70);

-- A mark for each person and day with something new; whoever counts them takes the marks away. No key: marks are only
-- added and taken, and two of the same person and day do not have to wait for each other.
create table dirty_days (
  user_id bigint not null,
  day date not null
);

create function local_day(p_at timestamptz, p_tz text) returns date
language sql immutable parallel safe as $$ select (p_at at time zone p_tz)::date $$;

/* What the bot is told of a person, as of p_at. */
create function user_state(v users, p_at timestamptz, p_tz text) returns jsonb
language sql stable as $$
  select jsonb_build_object(
    'userId', v.user_id,
    'registeredAt', v.registered_at,
    'daysSinceRegistration', greatest(0, local_day(p_at, p_tz) - local_day(v.registered_at, p_tz)),
    'cartsCreated', v.carts_created,
    'cartLimit', v.cart_limit,
    'surveyCompleted', v.survey_completed_at is not null,
    'survey', v.survey_progress,
    'consentVersion', v.consent_version,
    'blocked', case when v.blocked_at is not null then jsonb_build_object('reason', v.block_reason) end,
    'messagesInSession', v.messages_in_session,
    'hasLastCart', exists (select from last_carts c where c.user_id = v.user_id and c.created_at > p_at - interval '24 hours'))
$$;

/* The person's row, locked; registered when new. What an erased person had used up is taken over by the hash of the id. */
create function lock_user(p_user bigint, p_at timestamptz, p_hash bytea, p_cart_limit integer) returns users
language plpgsql as $$
declare
  v users;
begin
  select * into v from users where user_id = p_user for update;
  if found then return v; end if;
  insert into users (user_id, registered_at, cart_limit) values (p_user, p_at, p_cart_limit) on conflict do nothing;
  if found then
    update users u
    set cart_limit = e.carts_left,
        survey_completed_at = case when e.survey_completed then e.erased_at end,
        may_be_invited = not e.was_invited,
        blocked_at = e.blocked_at,
        block_reason = e.block_reason
    from erased_users e
    where u.user_id = p_user and e.id_hash = p_hash;
  end if;
  select * into v from users where user_id = p_user for update;
  return v;
end $$;

create function apply_start(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_inviter bigint;
  v_link boolean;
  v_metadata jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  select metadata into v_metadata from user_events
  where user_id = v_user and id = (f ->> 'id')::uuid and created_at = v_at;
  if found then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
      'source', v_metadata -> 'source', 'inviterId', null, 'repeat', true);
  end if;

  select u.user_id into v_inviter from users u
  where u.user_id = coalesce(
      (select c.user_id from referral_codes c where c.code = f #>> '{inviter,code}'),
      (f #>> '{inviter,userId}')::bigint)
    and u.user_id <> v_user;
  v_metadata := jsonb_build_object(
    'source', case when v_inviter is null then f ->> 'source' else 'referral' end,
    'referrer_id', v_inviter,
    'is_new_user', v.started_at is null);
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'bot_start', v_metadata, v_at, f ->> 'r');

  v_link := v_inviter is not null and v.started_at is null and v.may_be_invited and v.carts_created = 0;
  -- a start that waited on disk may be older than the one that came before it
  if v.started_at is null or v_at < v.started_at then
    update users set
      started_at = v_at,
      source = v_metadata ->> 'source',
      invited_by = case when v_link then v_inviter else invited_by end,
      may_be_invited = may_be_invited and not v_link
    where user_id = v_user returning * into v;
  end if;
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
    'source', v_metadata -> 'source', 'inviterId', case when v_link then v_inviter end, 'repeat', false);
end $$;

create function apply_message(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_id uuid := (f ->> 'id')::uuid;
  v_day date := local_day(v_at, s ->> 'tz');
  v_started boolean;
  v_sessions_today integer;
  v_days_since integer;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v_id = any (v.recent_messages) then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', false,
      'delivery', case when v_id = any (v.done_messages) then 'done' else 'repeat' end,
      'cart', (select cart from last_carts where user_id = v_user and message_fact_id = v_id));
  end if;

  v_started := v.last_message_at is null or v_at - v.last_message_at > interval '1800 seconds';
  v_sessions_today := case when v.session_day = v_day then v.sessions_today else 0 end + v_started::int;
  v_days_since := case when v.last_message_at is not null then greatest(0, v_day - local_day(v.last_message_at, s ->> 'tz')) end;
  update users set
    last_message_at = greatest(last_message_at, v_at),
    session_day = case when v_started then v_day else session_day end,
    sessions_today = case when v_started then v_sessions_today else sessions_today end,
    messages_in_session = case when v_started then 1 else messages_in_session + 1 end,
    recent_messages = (array[v_id] || recent_messages)[1:20]
  where user_id = v_user returning * into v;
  if v_started then
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    values (v_id, v_user, 'session_start', jsonb_build_object(
      'day_number', greatest(0, v_day - local_day(v.registered_at, s ->> 'tz')),
      'sessions_today', v_sessions_today,
      'days_since_last_session', v_days_since), v_at, f ->> 'r')
    on conflict do nothing;
  end if;
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', v_started,
    'delivery', 'first', 'cart', null, 'day', v_day);
end $$;

create function apply_cart(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_number integer;
  v_paid jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  -- a second delivery of the message comes with another time, so the key alone would not find it
  select (metadata ->> 'cart_number')::int into v_number from user_events
  where user_id = v_user and id = (f ->> 'id')::uuid
    and created_at between v_at - interval '3 days' and v_at + interval '3 days';
  if found then
    return jsonb_build_object('cartNumber', v_number, 'cartLimit', v.cart_limit, 'inviterPaid', null, 'repeat', true);
  end if;

  update users set carts_created = carts_created + 1 where user_id = v_user returning * into v;
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'cart_created', jsonb_build_object(
    'cart_number', v.carts_created,
    'items_count', jsonb_array_length(f #> '{cart,lines}'),
    'total_sum', f -> 'totalSum',
    'scenario', f -> 'scenario',
    'messages_in_session', v.messages_in_session,
    'affiliate_tag', f -> 'affiliateTag'), v_at, f ->> 'r');
  insert into last_carts (user_id, message_fact_id, cart, created_at)
  values (v_user, (f ->> 'messageFactId')::uuid, f -> 'cart', v_at)
  on conflict (user_id) do update
    set message_fact_id = excluded.message_fact_id, cart = excluded.cart, created_at = excluded.created_at
    where last_carts.created_at <= excluded.created_at;

  if v.invited_by is not null and v.inviter_paid_at is null then
    update users set inviter_paid_at = v_at where user_id = v_user;
    update users set cart_limit = cart_limit + (s ->> 'referral_bonus')::int where user_id = v.invited_by
    returning jsonb_build_object('userId', user_id, 'bonus', (s ->> 'referral_bonus')::int, 'cartLimit', cart_limit) into v_paid;
  end if;
  return jsonb_build_object('cartNumber', v.carts_created, 'cartLimit', v.cart_limit, 'inviterPaid', v_paid, 'repeat', false);
end $$;

create function apply_survey(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.survey_completed_at is not null then
    update users set survey_progress = null where user_id = v_user;
    return jsonb_build_object('completed', false, 'bonus', 0, 'cartLimit', v.cart_limit);
  end if;
  update users set survey_completed_at = v_at, survey_progress = null, cart_limit = cart_limit + (s ->> 'survey_bonus')::int
  where user_id = v_user returning * into v;
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  values ((f ->> 'id')::uuid, v_user, 'survey_completed', jsonb_build_object(
    'pmf', f -> 'pmf',
    'useful_feature', f -> 'usefulFeature',
    'feedback', f -> 'feedback',
    'carts_before_survey', v.carts_created,
    'days_since_registration', greatest(0, local_day(v_at, s ->> 'tz') - local_day(v.registered_at, s ->> 'tz'))), v_at, f ->> 'r');
  return jsonb_build_object('completed', true, 'bonus', (s ->> 'survey_bonus')::int, 'cartLimit', v.cart_limit);
end $$;

create function apply_consent(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v users;
begin
  v := lock_user((f ->> 'u')::bigint, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  update users set
    consent_version = f ->> 'version',
    consent_at = case when f ->> 'version' is null then consent_at else v_at end,
    consent_method = case when f ->> 'version' is null then consent_method else f ->> 'method' end,
    consent_withdrawn_at = case when f ->> 'version' is null then v_at end
  where user_id = v.user_id returning * into v;
  return user_state(v, v_at, s ->> 'tz');
end $$;

/*
  Removes a person everywhere; f.h is the keyed hash under which the used-up allowance stays. Rows of others that name the
  person as inviter lose the name. Totals of past days stay.
*/
create function apply_erase(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_events integer;
  v_preferences integer;
begin
  insert into erased_users (id_hash, carts_left, survey_completed, was_invited, blocked_at, block_reason)
  select decode(f ->> 'h', 'hex'), greatest(0, cart_limit - carts_created), survey_completed_at is not null,
    not may_be_invited, blocked_at, block_reason
  from users where user_id = v_user
  on conflict (id_hash) do update set carts_left = excluded.carts_left, survey_completed = excluded.survey_completed,
    was_invited = excluded.was_invited, blocked_at = excluded.blocked_at, block_reason = excluded.block_reason,
    erased_at = now();
  perform erase_from_rollups(v_user, s ->> 'tz');
  delete from user_events where user_id = v_user;
  get diagnostics v_events = row_count;
  delete from user_preferences where user_id = v_user;
  get diagnostics v_preferences = row_count;
  delete from last_carts where user_id = v_user;
  delete from referral_codes where user_id = v_user;
  delete from users where user_id = v_user;
  update users set invited_by = null where invited_by = v_user;
  update user_events set metadata = jsonb_set(metadata, '{referrer_id}', 'null')
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null and (metadata ->> 'referrer_id')::bigint = v_user;
  return jsonb_build_object('events', v_events, 'preferences', v_preferences);
end $$;

/*
  Plain events, all at once, with their marks. One marked maybeRepeat is left out when its id stands there under a time up
  to 3 days away.
*/
create function insert_events(p_events jsonb, p_tz text) returns void
language plpgsql as $$
begin
  with given as materialized (
    select * from jsonb_to_recordset(p_events) as f (id uuid, u bigint, t text, m jsonb, at timestamptz, r text, again boolean)
  ), stored as (
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    select f.id, f.u, f.t, f.m, f.at, f.r
    from given f
    where f.again is not true or not exists (
      select from user_events e
      where e.user_id = f.u and e.id = f.id and e.created_at between f.at - interval '3 days' and f.at + interval '3 days')
    on conflict do nothing
  )
  insert into dirty_days (user_id, day) select distinct u, local_day(at, p_tz) from given;
end $$;

/*
  Applies a batch: p_facts change state and are taken in order within a person, p_events are plain event rows. Returns the
  outcomes there are as [{o, outcome}], or null when this batch was applied before.
*/
create function record_facts(p_batch uuid, p_facts jsonb, p_events jsonb, p_settings jsonb) returns jsonb
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
  if p_events <> '[]' then perform insert_events(p_events, p_settings ->> 'tz'); end if;

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
