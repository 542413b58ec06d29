/*
  The users who wait for a process, with the first update of each and how many of them have waited longer. Until one takes them a process
  shows them that they wait: the one that asks from now on, is_shown_here, unless another living one does. With the body of what it does
  not show yet: p_shown are the users to whom it does.
*/
create or replace function inbox_show_waiting(p_worker uuid, p_shown bigint[])
returns table (user_id bigint, update_id bigint, ahead bigint, is_shown_here boolean, body bytea, shown_message bigint)
language sql volatile as $$
  with waiting as (
    select i.user_id, min(i.update_id) as update_id, row_number() over (order by min(i.received_at), i.user_id) - 1 as ahead
    from inbox i left join inbox_workers w on w.worker = i.worker
    where i.attempts < inbox_attempts() and (w.alive_until is null or w.alive_until < clock_timestamp())
    group by i.user_id
  ), shown as (
    update inbox i set shown_by = p_worker from waiting g
    where i.user_id = g.user_id and i.update_id = g.update_id and i.shown_by is distinct from p_worker
      and not exists (
        select from inbox_workers w where w.worker in (i.worker, i.shown_by) and w.alive_until >= clock_timestamp())
    returning i.user_id
  )
  select g.user_id, g.update_id, g.ahead, h.is_here, case when h.is_new then i.body end, case when h.is_new then i.shown_message end
  from waiting g join inbox i on i.user_id = g.user_id and i.update_id = g.update_id
    cross join lateral (select i.shown_by is not distinct from p_worker or g.user_id in (select s.user_id from shown s) as is_here) m
    cross join lateral (select m.is_here, m.is_here and g.user_id <> all (p_shown) as is_new) h
$$;
