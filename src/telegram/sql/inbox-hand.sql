/*
  Hands a process what it does not have yet of its users, or with p_users of these, as far as nothing earlier can come: below p_settled,
  which is read before (see inbox_settled), so that none that was missing then is overlooked. What another statement of the process is
  handing out is left to that: it may wait for a user whom this one holds.
*/
create or replace function inbox_hand(p_worker uuid, p_users bigint[], p_settled bigint)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
begin
  return query
    update inbox i set handed = true, attempts = i.attempts + 1
    where (i.user_id, i.update_id) in (
      select o.user_id, o.update_id from inbox o
      where o.worker = p_worker and not o.handed and (p_users is null or o.user_id = any (p_users)) and o.update_id < p_settled
      for update skip locked)
    returning i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
      i.shown_message;
end $$;
