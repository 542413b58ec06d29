/*
  Drops a month of user_events; the contribution of its events to the totals stays, and with an archive the events do. It
  blocks every writer, so it does nothing else: delete_old_texts() deletes texts. Returns false, and drops nothing, when
  something of that month is not counted yet.
*/
create or replace function drop_event_month(p_name text, p_tz text) returns boolean
language plpgsql as $$
declare
  v_start timestamptz;
  v_end timestamptz;
  v_archived boolean;
begin
  perform lock_rollups(p_tz);
  -- a long reader must not make every writer queue behind this lock
  set local lock_timeout = '3s';
  select month_start, month_end into v_start, v_end from event_months_before('infinity') where name = p_name;
  if not found then return true; end if;
  v_archived := exists (select 1 from event_archive where month = (v_start at time zone 'UTC')::date);
  execute format('lock table %I in access exclusive mode', p_name);
  if exists (select 1 from dirty_days where day <= local_day(v_end, p_tz)) then return false; end if;

  execute format('drop table %I', p_name);
  insert into event_horizon as h (oldest_retained, oldest_kept) values (v_end, case when not v_archived then v_end end)
  on conflict (only_row) do update set oldest_retained = greatest(h.oldest_retained, excluded.oldest_retained),
    oldest_kept = greatest(h.oldest_kept, excluded.oldest_kept);
  return true;
end $$;
