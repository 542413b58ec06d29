/*
  Counts these users again, each from p_days[i] on (a day whose events are all still stored), and applies the difference to
  the totals. Every user is given once. The caller holds the lock of lock_rollups().
  Returns the days that changed, for set_daily_stats(). A cart that was corrected after midnight changes the day before.
*/
create or replace function recount_users(p_users bigint[], p_days date[], p_tz text) returns date[]
language plpgsql as $$
declare
  v_kinds event_kinds := look_at_events(p_users, p_days, p_tz);
  v_days date[] := days_of_carts(p_users, p_days, v_kinds.carts, p_tz);
  v_froms date[];
  v_known bigint[];
  v_known_froms date[];
  v_firsts user_firsts[];
  v_contribution contribution;
  v_changed date[];
  v_searches user_queries[];
begin
  if v_days <> p_days then
    p_days := v_days;
    v_kinds := look_at_events(p_users, p_days, p_tz);
  end if;
  -- Another first start, source or campaign changes what all days of the user contribute; what is in both contributions cancels out.
  -- A user who is not known yet has contributed nothing.
  with found as materialized (
    select p.user_id, p.day, p.ordinality, f.user_id is not null as known, n.start_day, n.source, n.campaign,
      f.user_id is null or (f.start_day, f.source, f.campaign) is distinct from (n.start_day, n.source, n.campaign) as moved
    from unnest(p_users, p_days) with ordinality as p (user_id, day)
    left join user_firsts f on f.user_id = p.user_id
    left join users u on u.user_id = p.user_id
    cross join lateral (select first_start_day(u, p_tz) as start_day, coalesce(u.source, 'organic') as source, u.campaign) n
  ), given as (
    select *, case when moved then '-infinity' else day end as from_day from found
  )
  select array_agg(from_day order by ordinality),
    array_agg(user_id order by ordinality) filter (where known), array_agg(from_day order by ordinality) filter (where known),
    array_agg(row(user_id, start_day, source, campaign, 0)::user_firsts) filter (where moved)
  into v_froms, v_known, v_known_froms, v_firsts
  from given;

  v_contribution := contribution_of(v_known, v_known_froms);
  if v_firsts is not null then perform recount_firsts(v_firsts); end if;
  v_searches := searches_of(v_known, v_known_froms);
  perform recount_days(p_users, p_days, v_kinds, p_tz);
  perform add_searches(v_searches, searches_of(p_users, v_froms));
  perform recount_starts((v_kinds.slugs).users, (v_kinds.slugs).days, p_tz);
  perform recount_bot_blocks(p_users, p_days, p_tz);
  v_changed := add_days(v_contribution, contribution_of(p_users, v_froms), false);
  perform recount_chains(p_users, p_days, v_kinds.steps, p_tz);
  perform recount_answers((v_kinds.answers).users, (v_kinds.answers).days, p_tz);
  perform recount_errors((v_kinds.errors).users, (v_kinds.errors).days, p_tz);
  return v_changed;
end $$;
