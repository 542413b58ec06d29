/* Hands a process what it does not have yet of its users, or of one of them. */
create or replace function inbox_hand(p_worker uuid, p_user bigint default null)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision)
language sql volatile as $$
  update inbox i set handed = true, attempts = i.attempts + 1
  where i.worker = p_worker and not i.handed and (p_user is null or i.user_id = p_user)
  returning i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000
$$;
