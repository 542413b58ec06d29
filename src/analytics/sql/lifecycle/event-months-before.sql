/* The monthly partitions of user_events that lie wholly before p_before, oldest first. */
create or replace function event_months_before(p_before timestamptz)
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
