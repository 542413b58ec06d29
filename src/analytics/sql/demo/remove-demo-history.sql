/* Deletes the synthetic history, and its contribution to the totals. */
create or replace function remove_demo_history(p_tz text) returns void
language plpgsql as $$
begin
  perform uncount_demo_history(p_tz, null);
  delete from user_events e using users u where u.user_id = e.user_id and u.synthetic;
  delete from user_usage g using users u where u.user_id = g.user_id and u.synthetic;
  delete from bot_blocks b using users u where u.user_id = b.user_id and u.synthetic;
  delete from prompt_usage p using users u where u.user_id = p.user_id and u.synthetic;
  delete from prompt_changes p using users u where u.user_id = p.user_id and u.synthetic;
  delete from cart_ratings r using users u where u.user_id = r.user_id and u.synthetic;
  with deleted as (delete from archive_pseudonyms a using users u where u.user_id = a.user_id and u.synthetic returning a.pseudonym)
  insert into archive_erasures (pseudonym) select pseudonym from deleted;
  delete from users where synthetic;
  delete from analytics.campaign_totals where campaign in (select slug from campaigns where synthetic);
  delete from campaigns where synthetic;
  delete from demo_history;
end $$;
