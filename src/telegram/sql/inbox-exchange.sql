/*
  Drops updates that were dealt with and stores others, all in one commit. The process that already works for a user will get what
  comes for them; when none does, p_takes, and its lease runs, this one works for the user from now on. Returns what this process is handed of
  these users, usually what it stored alone, whose bodies the caller has; while earlier ones may still come (see inbox_settled), and in a
  statement that was given up (see inbox_given_up), that has no waited_ms: it is handed later. p_in_order: nothing that came before them
  is still to come.

  Users are locked before all rows, in the order of their ids, so that processes do not wait for each other in a circle. With nothing to
  store the commit waits for no disk: an update that a crash brings back is recognised as answered.
*/
create or replace function inbox_exchange(
  p_worker uuid, p_done_users bigint[], p_done_updates bigint[],
  p_users bigint[], p_updates bigint[], p_bodies bytea[], p_takes boolean[], p_fence bigint,
  p_in_order boolean
)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
declare
  v_stores boolean := cardinality(p_users) > 0;
  v_hands boolean;
  /* Whether something of these users waits already: of most there is nothing. */
  v_waits boolean;
  v_holders uuid[] := '{}';
  v_taken bigint[];
  v_settled bigint;
begin
  if v_stores then
    v_hands := not inbox_given_up(p_worker, p_fence);
    perform pg_advisory_xact_lock(hashtextextended('inbox', u.id)) from (select n as id from unnest(p_users) as n order by n) as u;
  else
    perform set_config('synchronous_commit', 'off', true);
  end if;
  if cardinality(p_done_users) > 0 then
    delete from inbox i using unnest(p_done_users, p_done_updates) as d (user_id, update_id)
    where i.user_id = d.user_id and i.update_id = d.update_id;
  end if;
  if not v_stores then return; end if;

  insert into inbox_seen (update_id, seen_at)
  select n, clock_timestamp() - case when p_in_order then inbox_longest_wait() else interval '0' end
  from unnest(p_updates) as n on conflict do nothing;
  v_settled := inbox_settled();
  v_waits := exists (select from inbox i where i.user_id = any (p_users));
  if v_waits then
    v_holders := array(select inbox_holder(u.id, p_worker) from unnest(p_users) with ordinality as u (id, n) order by u.n);
  end if;
  -- one whose lease is over would take on a user whom the next one takes over
  v_taken := array(
    select u.id from unnest(p_users, p_takes, v_holders) as u (id, takes, holder)
    where u.takes and u.holder is null
      and exists (select from inbox_workers w where w.worker = p_worker and w.alive_until >= clock_timestamp()));
  if v_waits then
    update inbox i set worker = p_worker, handed = false, shown_by = null
    where i.user_id = any (v_taken) and i.attempts < inbox_attempts();
  end if;
  return query
    with given as materialized (
      select u.user_id, u.update_id, u.body, case when u.user_id = any (v_taken) then p_worker else u.holder end as worker
      from unnest(p_users, p_updates, p_bodies, v_holders) as u (user_id, update_id, body, holder)
    ), stored as (
      insert into inbox as i (user_id, update_id, body, worker, handed, attempts)
      select g.user_id, g.update_id, g.body, g.worker, h.is_handed, h.is_handed::int
      from given g, lateral (select v_hands and g.update_id < v_settled and coalesce(g.worker = p_worker, false) as is_handed) h
      on conflict on constraint inbox_pkey do nothing
      returning i.user_id, i.update_id, i.worker, i.handed
    )
    select s.user_id, s.update_id, null::bytea, case when s.handed then 0::float8 end, null::bigint
    from stored s where s.worker = p_worker;
  -- with what others have stored for the same users before
  if v_waits and v_hands then return query select * from inbox_hand(p_worker, p_users, v_settled); end if;
end $$;
