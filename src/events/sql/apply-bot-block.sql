/* The user blocked the bot in Telegram, or let it in again. One who is not registered stays so: an erased user is not stored again. */
create or replace function apply_bot_block(f jsonb, s jsonb) returns void
language plpgsql as $$
declare
  v users;
begin
  select * into v from users where user_id = (f ->> 'u')::bigint for update;
  if found then
    perform set_bot_block(v, (f ->> 'id')::uuid, (f ->> 'at')::timestamptz, (f ->> 'blocked')::boolean, s ->> 'tz');
  end if;
end $$;
