/*
  Creates the monthly partitions (UTC months) that cover p_from to p_to, those that are missing. Returns their names. A month
  that was dropped does not come back: a late repeat of its events would count as new.
*/
create or replace function ensure_event_partitions(p_from timestamptz, p_to timestamptz) returns setof text
language plpgsql as $$
declare
  v_month timestamp := date_trunc('month', p_from at time zone 'UTC');
  v_name text;
begin
  while v_month <= p_to at time zone 'UTC' loop
    v_name := 'user_events_' || to_char(v_month, 'YYYY_MM');
    if to_regclass(v_name) is null
        and not exists (select 1 from event_horizon where oldest_retained > v_month at time zone 'UTC') then
      -- two bots may start concurrently
      perform pg_advisory_xact_lock(hashtext('ensure_event_partitions'));
      begin
        execute format('create table %I partition of user_events for values from (%L) to (%L)',
          v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
        return next v_name;
      exception when duplicate_table then
        null; -- looking again would not help: what was looked up before the lock is remembered
      end;
    end if;
    v_month := v_month + interval '1 month';
  end loop;
end $$;
