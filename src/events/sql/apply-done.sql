/* The reply to a message reached Telegram. */
create or replace function apply_done(f jsonb) returns void
language plpgsql as $$
begin
  update users set done_messages = (array[(f ->> 'messageFactId')::uuid] || done_messages)[1:20]
  where user_id = (f ->> 'u')::bigint;
end $$;
