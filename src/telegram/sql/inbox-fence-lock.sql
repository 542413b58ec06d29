/* The advisory lock of a process: statements that hand out share it, one that asks for all that was handed out has it alone. */
create or replace function inbox_fence_lock(p_worker uuid) returns bigint
language sql immutable as $$ select hashtextextended(p_worker::text, 0) $$;
