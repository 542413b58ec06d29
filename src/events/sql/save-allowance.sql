/* Stores what the user has used up under the keyed hash of the id, before the user is erased. */
create or replace function save_allowance(p_user bigint, p_hash bytea) returns void
language plpgsql as $$
begin
  insert into erased_users (id_hash, carts_left, survey_completed, had_started, blocked_at, block_reason, erased_at)
  select p_hash, greatest(0, cart_limit - carts_created), survey_completed_at is not null,
    started_at is not null or started_before_erasure, blocked_at, block_reason, now()
  from users where user_id = p_user
  on conflict (id_hash) do update set carts_left = excluded.carts_left, survey_completed = excluded.survey_completed,
    had_started = excluded.had_started, blocked_at = excluded.blocked_at, block_reason = excluded.block_reason,
    erased_at = excluded.erased_at;
end $$;
