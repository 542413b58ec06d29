/* Takes the lock under which the rollups are changed, until the end of the transaction. Raises 55P03 after 10 s. */
create or replace function take_rollups_lock() returns void
language plpgsql set lock_timeout = '10s' as $$
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
end $$;
