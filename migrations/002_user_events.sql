-- Business events. Partitioned by month so that an old month leaves by dropping its table; the key makes a repeated write
-- a no-op, begins with user_id so that the table can be spread by it, and holds created_at because the partitioning asks it.
create table user_events (
  id uuid not null,
  user_id bigint not null,
  event_type text not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  request_id text,
  primary key (user_id, id, created_at)
) partition by range (created_at);

-- whom a person invited, for /invite and for erasing the inviter; few rows have it
create index user_events_referrer on user_events (((metadata ->> 'referrer_id')::bigint))
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null;

-- One row per stored batch of facts, so that repeating a batch whose commit was in doubt changes nothing. Pruned after 7 days.
create table applied_batches (
  batch_id uuid primary key,
  applied_at timestamptz not null default now()
);

-- Everything before was dropped. Without a row nothing was.
create table event_horizon (
  only_row boolean primary key default true check (only_row),
  oldest_kept timestamptz not null
);

/*
  Creates the monthly partitions (UTC months) that cover p_from to p_to, those that are missing. Returns their names. A month
  that was dropped does not come back: a late repeat of its events would count as new.
*/
create function ensure_event_partitions(p_from timestamptz, p_to timestamptz) returns setof text
language plpgsql as $$
declare
  v_month timestamp := date_trunc('month', p_from at time zone 'UTC');
  v_name text;
begin
  while v_month <= p_to at time zone 'UTC' loop
    v_name := 'user_events_' || to_char(v_month, 'YYYY_MM');
    if to_regclass(v_name) is null
        and not exists (select from event_horizon where oldest_kept > v_month at time zone 'UTC') then
      -- two bots may start at once
      perform pg_advisory_xact_lock(hashtext('ensure_event_partitions'));
      if to_regclass(v_name) is null then
        execute format('create table %I partition of user_events for values from (%L) to (%L)',
          v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
        return next v_name;
      end if;
    end if;
    v_month := v_month + interval '1 month';
  end loop;
end $$;
