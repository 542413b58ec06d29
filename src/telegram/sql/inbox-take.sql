/*
  Renews the lease of a process, then hands it what came for its users through other processes and, up to p_users users that
  no living process works for, those who wait longest first. With a p_fence higher than before also what it was handed before: it has not
  heard an answer. One that was given up, see inbox_given_up(), does nothing.
*/
create or replace function inbox_take(p_worker uuid, p_lease_ms integer, p_users integer, p_fence bigint)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
declare
  v_user bigint;
  v_settled bigint;
  v_again boolean := not exists (select from inbox_workers w where w.worker = p_worker and w.fence >= p_fence);
begin
  if v_again then
    perform pg_advisory_xact_lock(inbox_fence_lock(p_worker));
  end if;
  if inbox_given_up(p_worker, p_fence) then return; end if;
  insert into inbox_workers as w (worker, alive_until, fence)
  values (p_worker, clock_timestamp() + p_lease_ms * interval '1 ms', p_fence)
  on conflict (worker) do update set alive_until = excluded.alive_until, fence = excluded.fence;
  delete from inbox_workers w where w.alive_until < clock_timestamp() - interval '1 day';
  -- Telegram numbers from anywhere after a quiet week
  delete from inbox_seen s
  where s.update_id < (select max(o.update_id) from inbox_seen o where o.seen_at < clock_timestamp() - interval '10 s')
    or s.seen_at < clock_timestamp() - interval '1 day';
  for v_user in
    select i.user_id from inbox i left join inbox_workers w on w.worker = i.worker
    where i.attempts < inbox_attempts() and i.worker is distinct from p_worker
      and (w.alive_until is null or w.alive_until < clock_timestamp())
    group by i.user_id order by min(i.received_at) limit p_users
  loop
    -- the one with the lock decides; it must be had before it is read who works for the user
    continue when not pg_try_advisory_xact_lock(hashtextextended('inbox', v_user));
    continue when inbox_holder(v_user, p_worker) <> p_worker;
    update inbox i set worker = p_worker, handed = false, shown_by = null
    where i.user_id = v_user and i.worker is distinct from p_worker and i.attempts < inbox_attempts();
  end loop;
  v_settled := inbox_settled();
  if v_again then
    return query
      select i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
        i.shown_message
      from inbox i where i.worker = p_worker and i.handed;
  end if;
  return query select * from inbox_hand(p_worker, null, v_settled);
end $$;
