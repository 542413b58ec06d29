/*
  Notes of the users of a month how far they had come, before it is dropped. Returns how many events the month has. From then
  on until the end of the transaction nothing more of the month is counted.
*/
create or replace function keep_steps(p_from timestamptz, p_to timestamptz, p_tz text) returns bigint
language plpgsql as $$
declare
  v_events bigint;
begin
  perform lock_rollups(p_tz);
  with steps as materialized (
    select user_id, coalesce(max(step_of(event_type)), 0) as step, count(*) as events
    from user_events where created_at >= p_from and created_at < p_to group by user_id
  ), kept as (
    update user_firsts f set dropped_step = s.step from steps s where f.user_id = s.user_id and f.dropped_step < s.step
  )
  select coalesce(sum(events), 0) into v_events from steps;
  return v_events;
end $$;
