/* Deletes the feedback, the slugs of few users and the queries of dropped months. query_spans comes last: its rows show that there is work to do. */
create or replace function delete_old_texts(p_tz text) returns void
language plpgsql as $$
declare
  v_first date;
begin
  perform lock_rollups(p_tz);
  v_first := first_whole_day(p_tz);
  update survey_answers set feedback = null
  where feedback is not null and answered_at < (select oldest_retained from event_horizon);
  perform delete_old_slugs(v_first);
  if exists (select from query_spans where since < v_first) then
    delete from user_searches where day < v_first;
    update user_searches set previous_day = '-infinity' where previous_day < v_first and previous_day > '-infinity';
    delete from query_spans where since < v_first;
  end if;
end $$;
