/*
  Which time the numbers of this server are true for, at least: now, and on a standby the last commit that it has replayed, or the first of
  the marks that were not counted by then. One that has replayed none since its start has all that was committed before the checkpoint it
  began from, whose time the primary wrote.
*/
create or replace function analytics.true_at() returns timestamptz
language sql volatile security definer set search_path = public, pg_temp as $$
  select case when pg_is_in_recovery()
    then least(
      coalesce(pg_last_xact_replay_timestamp(), (select c.checkpoint_time from pg_control_checkpoint() c)),
      (select min(d.marked_at) from dirty_days d))
    else clock_timestamp()
  end
$$;
