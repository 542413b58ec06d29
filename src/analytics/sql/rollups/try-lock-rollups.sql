/* Takes the same lock as take_rollups_lock() unless another process keeps it longer than the usual count lasts. */
create or replace function try_lock_rollups() returns boolean
language plpgsql as $$
begin
  for i in 1 .. 10 loop
    if pg_try_advisory_xact_lock(hashtext('rollups')) then return true; end if;
    perform pg_sleep(0.05);
  end loop;
  return false;
end $$;
