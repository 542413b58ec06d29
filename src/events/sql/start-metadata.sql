/* Metadata of bot_start: an inviter makes the source a referral; a /start is a new user's when none came before, erased or not. */
create or replace function start_metadata(v users, p_source text, p_inviter bigint) returns jsonb
language sql immutable as $$
  select jsonb_build_object(
    'source', case when p_inviter is null then p_source else 'referral' end,
    'referrer_id', p_inviter,
    'is_new_user', v.started_at is null and not v.started_before_erasure)
$$;
