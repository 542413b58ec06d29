/* A reminder was sent. */
create or replace function queue_reminded(p_user bigint) returns void
language sql volatile as $$
  update queue_refusals set wanted_at = null, reminded_at = clock_timestamp() where user_id = p_user
$$;
