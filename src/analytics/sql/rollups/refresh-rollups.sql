/*
  Brings the totals up to date for the users that take_marks() returns. Returns how many they are; p_limit when others may have
  marks. A mark is committed with its events: the events of every mark seen here are visible to the statements that follow.
  Plans are made once for a connection: for a few users, planning takes longer than counting.
*/
create or replace function refresh_rollups(p_tz text, p_today date, p_limit integer) returns integer
language plpgsql set plan_cache_mode = force_generic_plan set jit = off as $$
declare
  v_users bigint[];
  v_days date[];
  v_taken integer := 0;
  v_more boolean;
  v_folded integer;
  v_uncounted integer := 0;
begin
  perform refuse_other_time_zone(p_tz);
  -- the first real user takes a synthetic history out of the numbers
  if exists (select 1 from demo_history where counted) and not is_demo() then
    v_uncounted := uncount_demo_history(p_tz, p_limit);
  end if;
  if exists (select 1 from dirty_days) or exists (select 1 from rating_changes)
    or exists (select 1 from prompt_changes) or exists (select 1 from deferred_facts where rejection is null) then
    perform lock_rollups(p_tz);
    perform apply_deferred_facts();
    perform fold_ratings(p_tz);
    v_folded := fold_prompts(p_limit);
    select m.users, m.days, m.more into v_users, v_days, v_more from take_marks(p_limit, p_tz) m;
    if cardinality(v_users) > 500 then
      perform set_daily_stats(recount_many(v_users, v_days, p_tz));
    elsif v_users is not null then
      perform set_daily_stats(recount_users(v_users, v_days, p_tz));
    end if;
    v_taken := case when v_more or v_folded = p_limit then p_limit else coalesce(cardinality(v_users), 0) end;
  end if;

  if not exists (select 1 from daily_stats where date = p_today) or v_taken > 0 then
    insert into daily_stats (date)
    select d::date from generate_series((select least(min(date), p_today) from daily_stats), p_today, interval '1 day') d
    where not exists (select 1 from daily_stats s where s.date = d::date)
    on conflict do nothing;
  end if;
  return v_taken + v_uncounted;
end $$;
