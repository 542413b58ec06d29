/*
  Whether a process has given up a statement with this number: it has asked with a higher one since for all that it was handed.
  Until the transaction ends the lock keeps such a question waiting, so that what is handed out now is found by it.
*/
create or replace function inbox_given_up(p_worker uuid, p_fence bigint) returns boolean
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(inbox_fence_lock(p_worker));
  return exists (select from inbox_workers w where w.worker = p_worker and w.fence > p_fence);
end $$;
