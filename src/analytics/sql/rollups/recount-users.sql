/*
  Counts these users again, each from p_days[i] on (a day whose events are all still stored), and applies the difference to
  the totals. Every user is given once. The caller holds the lock of lock_rollups().
  Returns the days that changed, for set_daily_stats(). A cart that was corrected after midnight changes the day before.
*/
create or replace function recount_users(p_users bigint[], p_days date[], p_tz text) returns date[]
language plpgsql as $$
declare
  v_froms date[];
  v_moved bigint[];
  v_contribution contribution;
  v_changed date[];
  v_searches user_search[];
  v_kinds event_kinds;
begin
  p_days := days_of_carts(p_users, p_days, p_tz);
  -- another first start, source or campaign changes what all days of the user contribute; what is in both contributions cancels out
  select
    array_agg(case when x.moved then '-infinity' else x.day end order by x.ordinality),
    array_agg(x.user_id) filter (where x.moved)
  into v_froms, v_moved
  from (
    select p.user_id, p.day, p.ordinality, f.user_id is null or f.source <> coalesce(u.source, 'organic')
      or f.campaign is distinct from u.campaign or f.start_day is distinct from first_start_day(u, p_tz) as moved
    from unnest(p_users, p_days) with ordinality as p (user_id, day)
    left join user_firsts f on f.user_id = p.user_id
    left join users u on u.user_id = p.user_id
  ) x;

  v_contribution := contribution_of(p_users, v_froms);
  if v_moved is not null then perform recount_firsts(v_moved, p_tz); end if;
  v_searches := searches_of(p_users, p_days);
  v_kinds := look_at_events(p_users, p_days, p_tz);
  perform recount_days(p_users, p_days, v_kinds, p_tz);
  perform add_searches(v_searches, searches_of(p_users, p_days));
  perform recount_starts((v_kinds.slugs).users, (v_kinds.slugs).days, p_tz);
  perform recount_bot_blocks(p_users, p_days, p_tz);
  v_changed := add_days(v_contribution, contribution_of(p_users, v_froms), false);
  perform recount_chains(p_users, p_days, v_kinds.steps, p_tz);
  perform recount_answers((v_kinds.answers).users, (v_kinds.answers).days, p_tz);
  perform recount_errors((v_kinds.errors).users, (v_kinds.errors).days, p_tz);
  return v_changed;
end $$;
