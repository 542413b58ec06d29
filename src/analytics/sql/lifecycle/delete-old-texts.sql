/*
  Deletes the feedback, the slugs of few users and the queries of the months that lie wholly before p_before and were dropped:
  an archive has no texts, so those of a month that was dropped into one earlier stay until then. query_spans comes last: its
  rows show that there is work to do.
*/
create or replace function delete_old_texts(p_tz text, p_before timestamptz) returns void
language plpgsql as $$
declare
  v_kept timestamptz;
  v_first date;
begin
  perform lock_rollups(p_tz);
  select least(oldest_retained, date_trunc('month', p_before, 'UTC')) into v_kept from event_horizon;
  if not found then return; end if;
  v_first := local_day(v_kept - interval '1 microsecond', p_tz) + 1;
  update survey_answers set feedback = null where feedback is not null and answered_at < v_kept;
  perform delete_old_slugs(v_first);
  if exists (select 1 from query_spans where since < v_first) then
    delete from user_searches where day < v_first;
    update user_searches set previous_day = '-infinity' where previous_day < v_first and previous_day > '-infinity';
    delete from query_spans where since < v_first;
  end if;
end $$;
