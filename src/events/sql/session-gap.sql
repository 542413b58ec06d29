/* The longest pause between two messages of one session; after a longer one the next message starts a session. */
create or replace function session_gap() returns interval
language sql immutable parallel safe as $$ select interval '1800 seconds' $$;
