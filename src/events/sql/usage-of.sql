/*
  What an applied fact adds to the usage of its day, {u: user id, d: day, messages, calls, tokens, cost, models}; null where it adds
  nothing, as a repeated message does.
*/
create or replace function usage_of(f jsonb, p_outcome jsonb, p_tz text) returns jsonb
language sql immutable as $$
  select case
    when f ->> 'k' = 'message' and p_outcome ->> 'delivery' = 'first'
      then jsonb_build_object('u', f -> 'u', 'd', p_outcome -> 'day', 'messages', 1)
    when f ->> 'k' = 'usage'
      then jsonb_build_object('u', f -> 'u', 'd', local_day((f ->> 'at')::timestamptz, p_tz), 'calls', f -> 'calls',
        'tokens', f -> 'tokens', 'cost', f -> 'costRub', 'models', f -> 'models')
  end
$$;
