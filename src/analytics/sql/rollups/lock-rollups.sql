/* Locks the rollups for this transaction. Raises 55000 when they are counted by the days of another time zone. */
create or replace function lock_rollups(p_tz text) returns void
language plpgsql as $$
begin
  perform take_rollups_lock();
  insert into rollup_state (time_zone) values (p_tz) on conflict do nothing;
  perform refuse_other_time_zone(p_tz);
end $$;
