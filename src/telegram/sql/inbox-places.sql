/* Of some users, those whom no living process works for, and how many such users have waited longer. */
create or replace function inbox_places(p_users bigint[]) returns table (user_id bigint, ahead bigint)
language sql stable as $$
  with waiting as (
    select i.user_id, row_number() over (order by min(i.received_at), i.user_id) - 1 as ahead
    from inbox i left join inbox_workers w on w.worker = i.worker
    where i.attempts < inbox_attempts() and (w.alive_until is null or w.alive_until < clock_timestamp())
    group by i.user_id
  )
  select w.user_id, w.ahead from waiting w where w.user_id = any(p_users)
$$;
