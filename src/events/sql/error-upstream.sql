/*
  The service whose failure a bot_error was, by the metadata of the event: every message of our own errors begins with its name
  (src/errors.ts). 'bot' for a failure of the bot itself.
*/
create or replace function error_upstream(p_metadata jsonb) returns text
language sql immutable parallel safe as $$
  select coalesce(
    substring(p_metadata ->> 'error_message' from '^(telegram|gigachat|openai|shop|postgres|redis|loki|prometheus): '), 'bot')
$$;
