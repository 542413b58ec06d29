/* Deletes what is counted of these users, and their usage; their contributions must have been taken out of the totals. */
create or replace function delete_user_rollups(p_users bigint[]) returns void
language plpgsql as $$
begin
  delete from user_days where user_id = any (p_users);
  delete from user_usage where user_id = any (p_users);
  delete from user_starts where user_id = any (p_users);
  update bot_blocks set day = null where user_id = any (p_users) and day is not null;
  delete from user_chains where user_id = any (p_users);
  delete from user_firsts where user_id = any (p_users);
  delete from survey_answers where user_id = any (p_users);
  delete from user_errors where user_id = any (p_users);
end $$;
