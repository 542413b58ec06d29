-- Business events. Partitioned by month, so that an old month is deleted by dropping its table. The key makes a repeated
-- write a no-op; it begins with user_id and the time, so that counting again and erasing read a range of it, and the table can be
-- distributed by user; partitioning requires created_at (docs/decisions/0020-the-key-of-the-events.md).
create table user_events (
  id uuid not null,
  user_id bigint not null,
  event_type text not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  request_id text,
  campaign text,                                  -- of bot_start: the slug behind ?start=, which may be anything a user typed
  primary key (user_id, created_at, id),
  check (event_type in ('bot_start', 'cart_created', 'cart_limit_reached', 'session_start', 'survey_completed',
    'product_search', 'bot_error')),
  check (event_type = 'bot_start' and campaign ~ '^[A-Za-z0-9_-]{1,64}$' or campaign is null),
  check (event_type <> 'product_search'
    or (metadata ->> 'had_results')::boolean = ((metadata ->> 'results_count')::numeric > 0)),
  check (event_type <> 'cart_created' or (metadata ->> 'revision')::integer >= 0),
  check (event_type <> 'survey_completed' or char_length(metadata ->> 'feedback') <= 500)
) partition by range (created_at);

-- The carts of a user: the last one, and the versions of one. They are few among the events.
create index user_events_carts on user_events (user_id, created_at) where event_type = 'cart_created';

-- For /invite and for erasing an inviter; few rows have a referrer.
create index user_events_referrer on user_events (((metadata ->> 'referrer_id')::bigint))
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null;

-- For the slugs of a user's /start.
create index user_events_campaigns on user_events (user_id, created_at) where campaign is not null;
-- The failures of a period; few rows are one.
create index user_events_errors on user_events (created_at) where event_type = 'bot_error';

-- The code in an apology leads to what happened: few requests fail, and only their codes are shown.
create index user_events_failures on user_events ((request_id collate "C")) where event_type = 'bot_error';

-- Every event before oldest_retained was dropped. Without a row none was.
create table event_horizon (
  only_row boolean primary key default true check (only_row),
  oldest_retained timestamptz not null,
  oldest_kept timestamptz                         -- those before it are in no archive either; null: all are
);

-- One row per stored batch of facts, so that repeating a batch whose commit was in doubt is a no-op. Pruned after 7 days.
create table applied_batches (
  batch_id uuid primary key,
  applied_at timestamptz not null default now()
);

-- Facts of users whose erasure waits until the rollups are unlocked, in the order of arrival. The next process that counts
-- the rollups applies them, so that an erasure delays no other user's facts.
create table deferred_facts (
  position bigint generated always as identity primary key,
  user_id bigint not null,
  fact jsonb not null,                            -- as record_facts() takes it
  is_event boolean not null,                      -- a plain event, not a fact that changes state
  settings jsonb not null,
  rejection text                                  -- why PostgreSQL permanently rejects it; the row stays for the operator
);
