/*
  Moves from a batch to deferred_facts what must wait: an erasure while the rollups are locked, and every later fact of the
  same user. Holds the lock of lock_rollups() afterwards if an erasure is left to apply.
*/
create or replace function defer_facts(inout p_facts jsonb, inout p_events jsonb, p_settings jsonb)
language plpgsql as $$
declare
  v_users bigint[] := array(select distinct user_id from deferred_facts where rejection is null);
begin
  if p_facts @> '[{"k": "erase"}]' and not try_lock_rollups() then
    v_users := v_users || array(
      select (value ->> 'u')::bigint from jsonb_array_elements(p_facts) where value ->> 'k' = 'erase');
  end if;
  if v_users = '{}' then return; end if;

  insert into deferred_facts (user_id, fact, is_event, settings)
  select (f.value ->> 'u')::bigint, f.value, f.is_event, p_settings
  from (
    select value, (value ->> 'o')::bigint as place, false as is_event from jsonb_array_elements(p_facts)
    union all
    select value, ordinality, true from jsonb_array_elements(p_events) with ordinality
  ) f
  where (f.value ->> 'u')::bigint = any (v_users)
  order by f.is_event, f.place;
  p_facts := coalesce((select jsonb_agg(value) from jsonb_array_elements(p_facts)
    where (value ->> 'u')::bigint <> all (v_users)), '[]');
  p_events := coalesce((select jsonb_agg(value) from jsonb_array_elements(p_events)
    where (value ->> 'u')::bigint <> all (v_users)), '[]');
end $$;
