/*
  Drops a month of user_events; the contribution of its events to the totals stays. It blocks every writer, so it does nothing
  else: delete_old_texts() deletes the texts of that month. Returns false, and drops nothing, when something of that month
  is not counted yet.
*/
create or replace function drop_event_month(p_name text, p_tz text) returns boolean
language plpgsql as $$
declare
  v_end timestamptz;
begin
  perform lock_rollups(p_tz);
  -- a long reader must not make every writer queue behind this lock
  set local lock_timeout = '3s';
  select month_end into v_end from event_months_before('infinity') where name = p_name;
  if not found then return true; end if;
  execute format('lock table %I in access exclusive mode', p_name);
  if exists (select 1 from dirty_days where day <= local_day(v_end, p_tz)) then return false; end if;

  execute format('drop table %I', p_name);
  insert into event_horizon (oldest_retained) values (v_end)
  on conflict (only_row) do update set oldest_retained = greatest(event_horizon.oldest_retained, excluded.oldest_retained);
  return true;
end $$;
