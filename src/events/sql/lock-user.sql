/* The person's row, locked; registered when new. What an erased person had used up is taken over by the hash of the id. */
create or replace function lock_user(p_user bigint, p_at timestamptz, p_hash bytea, p_cart_limit integer) returns users
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
        started_before_erasure = e.had_started,
        may_be_invited = false,
        blocked_at = e.blocked_at,
        block_reason = e.block_reason
    from erased_users e
    where u.user_id = p_user and e.id_hash = p_hash;
  end if;
  select * into v from users where user_id = p_user for update;
  return v;
end $$;
