/*
  Deletes the feedback, the slugs of few users and the queries of the months that lie wholly before p_before and were dropped:
  an archive has no texts, so those of a month that was dropped into one earlier stay until then. query_days comes last: its
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
  if exists (select 1 from query_days where day < v_first) then
    update user_days set queries = '{}' where day < v_first and queries <> '{}';
    update queries q set searches = q.searches - d.searches
    from (select query_id, sum(searches) as searches from query_days where day < v_first and not missed group by query_id) d
    where q.query_id = d.query_id;
    delete from queries where searches = 0;
    update query_days set sinces = sinces[width_bucket(v_first - 1, sinces) + 1 :], sums = sums[width_bucket(v_first - 1, sinces) + 1 :]
    where day >= v_first and sinces[1] < v_first;
    delete from query_days where day < v_first;
  end if;
end $$;
