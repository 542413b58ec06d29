/* recount_users() for any number of users, all from one day on, in portions that fit into an array. */
create or replace function recount_from(p_users bigint[], p_day date, p_tz text) returns date[]
language plpgsql set plan_cache_mode = force_custom_plan set jit = off as $$
declare
  v_portion bigint[];
  v_changed date[] := '{}';
begin
  for i in 1 .. coalesce(cardinality(p_users), 0) by 100000 loop
    v_portion := p_users[i : i + 99999];
    v_changed := v_changed || recount_users(v_portion, array_fill(p_day, array[cardinality(v_portion)]), p_tz);
  end loop;
  return v_changed;
end $$;
