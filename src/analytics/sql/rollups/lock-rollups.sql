/* One at a time changes the totals, and only by days of one time zone. */
create or replace function lock_rollups(p_tz text) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
  insert into rollup_state (time_zone) values (p_tz) on conflict do nothing;
  if not exists (select from rollup_state where time_zone = p_tz) then
    raise exception 'days are counted in another time zone' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $$;
