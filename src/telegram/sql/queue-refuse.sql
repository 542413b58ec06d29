/* Notes that a user was refused by the queue. A wanted reminder stays wanted. */
create or replace function queue_refuse(p_user bigint) returns void
language sql volatile as $$
  insert into queue_refusals (user_id) values (p_user)
  on conflict (user_id) do update set refused_at = clock_timestamp()
$$;
