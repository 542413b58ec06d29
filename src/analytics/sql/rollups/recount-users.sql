/*
  Counts these users again, each from p_days[i] on (a day whose events are all still stored), and applies the difference to
  the totals. Every user is given once. The caller holds the lock of lock_rollups().
  Returns the days that changed, for set_daily_stats(). A cart that was corrected after midnight changes the day before.
*/
create or replace function recount_users(p_users bigint[], p_days date[], p_tz text) returns date[]
language plpgsql as $$
declare
  v_froms date[];
  v_start_days date[];
  v_searches user_search[];
begin
  p_days := days_of_carts(p_users, p_days, p_tz);
  -- a day changes what its week and the days after it contribute; another first start, source or campaign, all days of the user
  select
    array_agg(case when f.user_id is null or f.source <> coalesce(u.source, 'organic')
        or f.campaign is distinct from u.campaign or f.start_day is distinct from first_start_day(u, p_tz)
      then '-infinity' else date_trunc('week', p.day::timestamp)::date end order by p.ordinality),
    array_agg(distinct f.start_day) || array_agg(distinct first_start_day(u, p_tz))
  into v_froms, v_start_days
  from unnest(p_users, p_days) with ordinality as p (user_id, day)
  left join user_firsts f on f.user_id = p.user_id
  left join users u on u.user_id = p.user_id;

  perform add_days(-1, p_users, v_froms, false);
  perform recount_firsts(p_users, p_tz);
  v_searches := searches_of(p_users, p_days);
  perform number_queries(p_users, p_days, p_tz);
  perform recount_days(p_users, p_days, p_tz);
  perform add_searches(v_searches, searches_of(p_users, p_days));
  perform recount_starts(p_users, p_days, p_tz);
  perform recount_bot_blocks(p_users, p_days, p_tz);
  perform add_days(1, p_users, v_froms, false);
  perform recount_chains(p_users, p_days, p_tz);
  perform recount_answers(p_users, p_days, p_tz);
  perform recount_errors(p_users, p_days, p_tz);
  return v_start_days || array(
    select distinct d.day from unnest(p_users, p_days) as p (user_id, day)
    join user_days d on d.user_id = p.user_id and d.day >= p.day);
end $$;
