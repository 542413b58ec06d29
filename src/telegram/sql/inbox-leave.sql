/* A process ends in order: others go on with its users immediately. */
create or replace function inbox_leave(p_worker uuid) returns void
language sql volatile as $$ delete from inbox_workers where worker = p_worker $$;
