/*
  Hands a process what it does not have yet of its users, or of one of them, as far as nothing earlier can come; with p_again also
  what it was handed before, because that answer may have been lost. What another statement of the process is handing out is left to that: it may
  wait for a user whom this one holds.
*/
create or replace function inbox_hand(p_worker uuid, p_user bigint, p_again boolean)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
declare
  -- read before the updates are: none that was missing then can be overlooked
  v_settled bigint := inbox_settled();
begin
  if p_again then
    return query
      select i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
        i.shown_message
      from inbox i where i.worker = p_worker and i.handed and (p_user is null or i.user_id = p_user);
  end if;
  return query
    update inbox i set handed = true, attempts = i.attempts + 1
    where (i.user_id, i.update_id) in (
      select o.user_id, o.update_id from inbox o
      where o.worker = p_worker and not o.handed and (p_user is null or o.user_id = p_user) and o.update_id < v_settled
      for update skip locked)
    returning i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
      i.shown_message;
end $$;
