/*
  Stores an update once. The process that already works for the user will get it; when none does, p_takes, and its lease runs, this
  one works for the user from now on. Returns what this process is handed, usually this update alone, whose body the caller has; while
  earlier ones may still come (see inbox_settled), and without p_hands, it has no waited_ms: it is handed later.
*/
create or replace function inbox_put(p_worker uuid, p_user bigint, p_update bigint, p_body bytea, p_takes boolean, p_hands boolean)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
declare
  v_holder uuid;
  v_mine boolean;
  v_now boolean;
begin
  insert into inbox_seen (update_id) values (p_update) on conflict do nothing;
  perform pg_advisory_xact_lock(hashtextextended('inbox', p_user));
  v_holder := inbox_holder(p_user, p_worker);
  -- one whose lease is over would take on a user whom the next one takes over
  if v_holder is null and p_takes
    and exists (select from inbox_workers w where w.worker = p_worker and w.alive_until >= clock_timestamp())
  then
    v_holder := p_worker;
    update inbox i set worker = p_worker, handed = false where i.user_id = p_user and i.attempts < inbox_attempts();
  end if;
  v_mine := coalesce(v_holder = p_worker, false);
  v_now := v_mine and p_hands and p_update < inbox_settled();
  insert into inbox (user_id, update_id, body, worker, handed, attempts)
  values (p_user, p_update, p_body, v_holder, v_now, v_now::int)
  on conflict on constraint inbox_pkey do nothing;
  if not v_mine then return; end if;
  if found then
    return query select p_user, p_update, null::bytea, case when v_now then 0::float8 end, null::bigint;
  end if;
  if not p_hands then return; end if;
  -- with what others have stored for the same user before
  return query select * from inbox_hand(p_worker, p_user, false);
end $$;
