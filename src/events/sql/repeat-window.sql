/* How far apart the times of two deliveries of one fact may be. The key of user_events has the time, so it finds only equal ones. */
create or replace function repeat_window() returns interval
language sql immutable parallel safe as $$ select interval '3 days' $$;
