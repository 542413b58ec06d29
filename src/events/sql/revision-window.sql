/* How long after its latest version a cart may be corrected: after exactly that long it still is the same cart. */
create or replace function revision_window() returns interval
language sql immutable parallel safe as $$ select interval '1800 seconds' $$;
