/* Takes over the survey answers these people gave from p_days[i] on. */
create or replace function recount_answers(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_answers survey_answers[];
  v_users bigint[];
begin
  select array_agg(row(a.*)::survey_answers), array_agg(a.user_id) into v_answers, v_users
  from (
    select distinct on (e.user_id) e.user_id, e.created_at, local_day(e.created_at, p_tz), e.metadata ->> 'pmf',
      e.metadata ->> 'useful_feature', e.metadata ->> 'feedback'
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
    where e.event_type = 'survey_completed'
    order by e.user_id, e.created_at, e.id
  ) a
  where not exists (select from survey_answers s where s.user_id = a.user_id and s.answered_at <= a.created_at);
  if v_users is null then return; end if;

  perform add_answers(-1, v_users, false);
  insert into survey_answers select (unnest(v_answers)).*
  on conflict (user_id) do update set answered_at = excluded.answered_at, day = excluded.day, pmf = excluded.pmf,
    useful_feature = excluded.useful_feature, feedback = excluded.feedback;
  perform add_answers(1, v_users, false);
end $$;
