/* What waits in the inbox, for metrics: updates no process has (also of dead ones), the age of the oldest of all, what was quarantined, and other living processes. */
create or replace function inbox_state(p_worker uuid)
returns table (waiting bigint, in_flight bigint, quarantined bigint, oldest_seconds double precision, others bigint)
language sql stable as $$
  select count(*) filter (where i.attempts < inbox_attempts() and not (i.handed and w.is_alive)),
    count(*) filter (where i.handed and w.is_alive),
    count(*) filter (where i.attempts >= inbox_attempts() and not (i.handed and w.is_alive)),
    coalesce(extract(epoch from clock_timestamp() - min(i.received_at) filter (where i.attempts < inbox_attempts())), 0)::float8,
    (select count(*) from inbox_workers o where o.worker <> p_worker and o.alive_until >= clock_timestamp())
  from inbox i left join lateral (
    select exists (select from inbox_workers l where l.worker = i.worker and l.alive_until >= clock_timestamp()) as is_alive
  ) w on true
$$;
