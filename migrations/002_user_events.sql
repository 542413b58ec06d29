-- Business events. Partitioned by month so that an old month leaves by dropping its table; the key makes a repeated write
-- a no-op, begins with user_id so that the table can be spread by it, and holds created_at because the partitioning asks it.
create table user_events (
  id uuid not null,
  user_id bigint not null,
  event_type text not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  request_id text,
  primary key (user_id, id, created_at),
  check (event_type in ('bot_start', 'cart_created', 'cart_limit_reached', 'session_start', 'survey_completed',
    'product_search', 'bot_error')),
  check (event_type <> 'product_search'
    or (metadata ->> 'had_results')::boolean = ((metadata ->> 'results_count')::numeric > 0)),
  check (event_type <> 'survey_completed' or char_length(metadata ->> 'feedback') <= 500)
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
