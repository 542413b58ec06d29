/* Waits for the lock that one process at a time holds while it changes the totals, until the end of the transaction. */
create or replace function take_rollups_lock() returns void
language plpgsql set lock_timeout = '10s' as $$
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
end $$;
