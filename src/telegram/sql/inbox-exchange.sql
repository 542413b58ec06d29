/*
  Drops updates that were dealt with, then stores others as inbox_put() does, all in one commit. Users are locked in the order of their
  ids, so that processes do not wait for each other in a circle. p_in_order: nothing that came before them is still to come. With nothing to store the commit waits for no disk: an update
  that a crash brings back is recognised as answered. A statement that was given up, see inbox_given_up(), stores and hands out nothing.
*/
create or replace function inbox_exchange(
  p_worker uuid, p_done_users bigint[], p_done_updates bigint[],
  p_users bigint[], p_updates bigint[], p_bodies bytea[], p_takes boolean[], p_fence bigint,
  p_in_order boolean
)
returns table (user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
language plpgsql volatile as $$
declare
  v record;
  v_hands boolean;
begin
  if cardinality(p_users) = 0 then
    perform set_config('synchronous_commit', 'off', true);
  else
    v_hands := not inbox_given_up(p_worker, p_fence);
  end if;
  if cardinality(p_done_users) > 0 then
    delete from inbox i using unnest(p_done_users, p_done_updates) as d (user_id, update_id)
    where i.user_id = d.user_id and i.update_id = d.update_id;
  end if;
  -- all of them first: none must seem to be missing while another one is stored
  insert into inbox_seen (update_id, seen_at)
  select n, clock_timestamp() - case when p_in_order then inbox_longest_wait() else interval '0' end
  from unnest(p_updates) as n order by n on conflict do nothing;
  for v in
    select u.* from unnest(p_users, p_updates, p_bodies, p_takes) as u (user_id, update_id, body, takes)
    order by u.user_id, u.update_id
  loop
    return query select * from inbox_put(p_worker, v.user_id, v.update_id, v.body, v.takes, v_hands);
  end loop;
end $$;
