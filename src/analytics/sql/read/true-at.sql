/* Which time the numbers of this server are true for, at least: now, and on a standby the last commit that it has replayed. */
create or replace function analytics.true_at() returns timestamptz
language sql volatile as $$
  select case when pg_is_in_recovery() then pg_last_xact_replay_timestamp() else clock_timestamp() end
$$;
