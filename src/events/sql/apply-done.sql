/* The reply to a message reached Telegram. */
create or replace function apply_done(f jsonb) returns void
language plpgsql as $$
begin
  update users set done_messages = latest_ids(done_messages, (f ->> 'messageFactId')::uuid)
  where user_id = (f ->> 'u')::bigint;
end $$;
