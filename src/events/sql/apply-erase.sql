/*
  Removes a person everywhere; f.h is the keyed hash under which the used-up allowance stays. Rows of others that name the
  person as inviter lose the name. Totals of past days stay.
*/
create or replace function apply_erase(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_events integer;
  v_preferences integer;
begin
  insert into erased_users (id_hash, carts_left, survey_completed, had_started, blocked_at, block_reason)
  select decode(f ->> 'h', 'hex'), greatest(0, cart_limit - carts_created), survey_completed_at is not null,
    started_at is not null or started_before_erasure, blocked_at, block_reason
  from users where user_id = v_user
  on conflict (id_hash) do update set carts_left = excluded.carts_left, survey_completed = excluded.survey_completed,
    had_started = excluded.had_started, blocked_at = excluded.blocked_at, block_reason = excluded.block_reason,
    erased_at = now();
  perform erase_from_rollups(v_user, s ->> 'tz');
  delete from user_events where user_id = v_user;
  get diagnostics v_events = row_count;
  delete from user_preferences where user_id = v_user;
  get diagnostics v_preferences = row_count;
  delete from last_carts where user_id = v_user;
  delete from referral_codes where user_id = v_user;
  delete from users where user_id = v_user;
  delete from log_pseudonyms where user_id = v_user; -- after users: a row being made holds a lock on theirs
  update users set invited_by = null where invited_by = v_user;
  update user_events set metadata = jsonb_set(metadata, '{referrer_id}', 'null')
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null and (metadata ->> 'referrer_id')::bigint = v_user;
  return jsonb_build_object('events', v_events, 'preferences', v_preferences);
end $$;
