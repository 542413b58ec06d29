/*
  Stores a batch of plain events that are new: its id, their rows, the marks of their days. Returns false, and did nothing, when
  record_facts() must decide: the batch or one of the events is stored already, or a deferred erasure waits. One statement for all
  would cost an event stored alone a quarter more.
*/
create or replace function record_events(p_batch uuid, p_ids text[], p_users bigint[], p_types text[], p_metadata jsonb[],
  p_times timestamptz[], p_requests text[], p_tz text) returns boolean
language plpgsql as $$
begin
  if exists (select from deferred_facts where rejection is null) then return false; end if;
  insert into applied_batches (batch_id) values (p_batch);
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  select id::uuid, u, t, m, not_in_future(at), r
  from unnest(p_ids, p_users, p_types, p_metadata, p_times, p_requests) as f (id, u, t, m, at, r);
  insert into dirty_days (day, users)
  select local_day(not_in_future(at), p_tz), array_agg(distinct u) from unnest(p_users, p_times) as f (u, at) group by 1;
  return true;
exception when unique_violation then return false;
end $$;
