/* The months of user_events (their tables) that lie before p_before as a whole, oldest first. */
create function event_months_before(p_before timestamptz)
returns table (name text, month_start timestamptz, month_end timestamptz)
language sql stable as $$
  select m.name, m.month at time zone 'UTC', (m.month + interval '1 month') at time zone 'UTC'
  from (
    select c.relname::text as name, to_timestamp(right(c.relname::text, 7), 'YYYY_MM')::date::timestamp as month
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'user_events'::regclass and c.relname ~ '^user_events_\d{4}_\d{2}$'
  ) m
  where (m.month + interval '1 month') at time zone 'UTC' <= p_before
  order by m.month
$$;

/*
  Drops a month of user_events; what its events added to the totals stays. Every writer waits for the end of it, so it does
  nothing else: the texts of that time go by forget_old_texts(), which has time.
  What waits to be counted must have been counted before: returns false, and drops nothing, when something of that month
  came meanwhile.
*/
create function drop_event_month(p_name text, p_tz text) returns boolean
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
  if exists (select from dirty_days where day <= local_day(v_end, p_tz)) then return false; end if;

  execute format('drop table %I', p_name);
  insert into event_horizon (oldest_kept) values (v_end)
  on conflict (only_row) do update set oldest_kept = greatest(event_horizon.oldest_kept, excluded.oldest_kept);
  return true;
end $$;

/* What people wrote in surveys, or searched for, in months that were dropped. The spans go last: they tell that it is due. */
create function forget_old_texts(p_tz text) returns void
language plpgsql as $$
declare
  v_first date;
begin
  perform lock_rollups(p_tz);
  v_first := first_whole_day(p_tz);
  update survey_answers set feedback = null
  where feedback is not null and answered_at < (select oldest_kept from event_horizon);
  if exists (select from query_spans where since < v_first) then
    delete from user_searches where day < v_first;
    update user_searches set previous_day = '-infinity' where previous_day < v_first and previous_day > '-infinity';
    delete from query_spans where since < v_first;
  end if;
end $$;
