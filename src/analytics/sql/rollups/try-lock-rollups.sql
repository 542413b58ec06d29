/* Takes the lock of take_rollups_lock(); false when another process holds it longer than a usual count takes. */
create or replace function try_lock_rollups() returns boolean
language plpgsql as $$
begin
  for i in 1 .. 10 loop
    if pg_try_advisory_xact_lock(hashtext('rollups')) then return true; end if;
    perform pg_sleep(0.05);
  end loop;
  return false;
end $$;
