/*
  Takes over the first survey answer of each user from p_days[i] on, if they had a cart. Whether it is in PMF may change with
  a session or an answer that arrives late. user_days must be counted already.
*/
create or replace function recount_answers(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_answers survey_answers[];
  v_users bigint[];
begin
  with answers as (
    select distinct on (e.user_id) e.user_id, e.created_at as answered_at, local_day(e.created_at, p_tz) as day,
      e.metadata ->> 'pmf' as pmf, e.metadata ->> 'useful_feature' as useful_feature,
      (e.metadata ->> 'carts_before_survey')::integer as carts, e.metadata ->> 'feedback' as feedback
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
    where e.event_type = 'survey_completed' and (e.metadata ->> 'carts_before_survey')::integer > 0
    order by e.user_id, e.created_at, e.id
  ), found as (
    select a.user_id, a.answered_at, a.day, a.pmf, a.useful_feature,
      a.carts >= 2 and exists (select 1 from user_days d
        where d.user_id = a.user_id and d.sessions > 0 and d.day > a.day - 30 and d.day <= a.day) as in_pmf,
      a.feedback
    from answers a
  )
  select array_agg(row(f.*)::survey_answers), array_agg(f.user_id) into v_answers, v_users
  from found f
  left join survey_answers s on s.user_id = f.user_id
  where s.user_id is null or f.answered_at < s.answered_at
    or f.answered_at = s.answered_at and row(f.*)::survey_answers is distinct from s;
  if v_users is null then return; end if;

  perform add_answers(-1, v_users, false);
  insert into survey_answers select (unnest(v_answers)).*
  on conflict (user_id) do update set answered_at = excluded.answered_at, day = excluded.day, pmf = excluded.pmf,
    useful_feature = excluded.useful_feature, in_pmf = excluded.in_pmf, feedback = excluded.feedback;
  perform add_answers(1, v_users, false);
end $$;
