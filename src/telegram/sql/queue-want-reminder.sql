/*
  A user wants to hear when the queue is short again; asked twice it is one reminder. What they wrote before they asked, as the second of two
  messages of which the first was refused, does not take it back.
*/
create or replace function queue_want_reminder(p_user bigint) returns void
language sql volatile as $$
  insert into queue_refusals as q (user_id, wanted_at) values (p_user, clock_timestamp())
  on conflict (user_id) do update set wanted_at = coalesce(q.wanted_at, clock_timestamp()), refused_at = clock_timestamp(),
    claimed_at = case when q.wanted_at is null then null else q.claimed_at end
$$;
