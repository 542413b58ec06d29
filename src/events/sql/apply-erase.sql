/*
  Deletes a user from every table; f.h is the keyed hash under which the used-up allowance stays. Rows of others that name
  the user as inviter lose the reference. Totals of past days stay. Messages that show the user that an update waits, and that no living process
  was handed, are returned: with the inbox nothing else knows of them.
*/
create or replace function apply_erase(f jsonb, s jsonb) returns jsonb
language plpgsql as $$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_events integer;
  v_preferences integer;
  v_restrictions integer;
  v_shown jsonb;
begin
  perform save_allowance(v_user, decode(f ->> 'h', 'hex'));
  perform erase_from_rollups(v_user, s ->> 'tz');
  delete from user_events where user_id = v_user;
  get diagnostics v_events = row_count;
  delete from user_preferences where user_id = v_user;
  get diagnostics v_preferences = row_count;
  delete from user_restrictions where user_id = v_user;
  get diagnostics v_restrictions = row_count;
  delete from last_carts where user_id = v_user;
  with deleted as (delete from cart_ratings where user_id = v_user returning *)
  insert into rating_changes (rated_at, prompt_version, rating, reason, n)
  select rated_at, prompt_version, rating, reason, -1 from deleted
  where not exists (select 1 from uncounted_users u where u.user_id = v_user);
  delete from bot_blocks where user_id = v_user;
  with deleted as (delete from inbox where user_id = v_user returning worker, handed, shown_message)
  select coalesce(jsonb_agg(d.shown_message), '[]') into v_shown from deleted d
  where d.shown_message is not null
    and not (d.handed and exists (select from inbox_workers w where w.worker = d.worker and w.alive_until >= clock_timestamp()));
  delete from queue_refusals where user_id = v_user;
  delete from prompt_usage where user_id = v_user;
  delete from prompt_changes where user_id = v_user;
  delete from referral_codes where user_id = v_user;
  delete from users where user_id = v_user;
  delete from log_pseudonyms where user_id = v_user; -- after users: a concurrent insert holds a lock on that row
  with deleted as (delete from archive_pseudonyms where user_id = v_user returning pseudonym) -- after users, too
  insert into archive_erasures (pseudonym) select pseudonym from deleted;
  update campaigns set made_by = null where made_by = v_user;
  update users set invited_by = null where invited_by = v_user;
  update user_events set metadata = jsonb_set(metadata, '{referrer_id}', 'null')
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null and (metadata ->> 'referrer_id')::bigint = v_user;
  return jsonb_build_object('events', v_events, 'preferences', v_preferences + v_restrictions, 'shown', v_shown);
end $$;
