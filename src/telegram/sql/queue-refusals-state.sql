/* Users refused within the last 24 hours, and those who wait for a reminder. */
create or replace function queue_refusals_state() returns table (refused bigint, wanted bigint, reminded bigint)
language sql stable as $$
  select count(*) filter (where q.refused_at >= clock_timestamp() - interval '24 hours'),
    count(*) filter (where q.wanted_at is not null),
    count(*) filter (where q.reminded_at >= clock_timestamp() - interval '24 hours')
  from queue_refusals q
$$;
