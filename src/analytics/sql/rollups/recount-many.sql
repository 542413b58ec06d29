/*
  recount_users() for many users, by plans that know how large the tables are now: one that was made when a table was empty reads all of
  it for each user. They are made again when the connection has none yet, or when user_days is twice as large as it was then. Plans for
  these very users read whole tables and sort them, so they are made only while the tables are small, and may grow by a multiple here.
*/
create or replace function recount_many(p_users bigint[], p_days date[], p_tz text) returns date[]
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_material = off set jit = off
  set work_mem = '32MB' as $$
declare
  v_size bigint := pg_relation_size('user_days');
begin
  if v_size >= 2 * coalesce(nullif(current_setting('rollups.planned_size', true), '')::bigint, 0) then
    discard plans;
    perform set_config('rollups.planned_size', v_size::text, false);
  end if;
  if v_size < 1000000 then perform set_config('plan_cache_mode', 'force_custom_plan', true); end if;
  return recount_users(p_users, p_days, p_tz);
end $$;
