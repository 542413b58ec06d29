/* The process that works for a user: it has an update of theirs, and is alive or is the one that asks. Null when none does. */
create or replace function inbox_holder(p_user bigint, p_asking uuid) returns uuid
language sql stable as $$
  select i.worker from inbox i left join inbox_workers w on w.worker = i.worker
  where i.user_id = p_user and (w.alive_until >= clock_timestamp() or i.worker = p_asking)
  order by i.worker = p_asking limit 1
$$;
