/*
  How long an update waits for an earlier one that has not come. Telegram repeats what failed immediately, and then after two seconds;
  a user who waits for nothing should not notice.
*/
create or replace function inbox_longest_wait() returns interval
language sql immutable as $$ select interval '2 s' $$;
