-- Updates confirmed to Telegram that are not dealt with yet, each deleted when it is. What a user wrote stands
-- in body, encrypted with a key that is never in the database.
create table inbox (
  user_id bigint not null,                        -- who acts; 0 when the update names no user
  update_id bigint not null,                      -- Telegram numbers them in the order of what happened
  body bytea not null,
  received_at timestamptz not null default clock_timestamp(),
  worker uuid,                                    -- the process that works for this user; null while none does
  handed boolean not null default false,          -- that process has it
  attempts smallint not null default 0,           -- how many processes had it
  shown_message bigint,                           -- of the bot, shows the user that it is worked on; the process that answers replaces it
  shown_by uuid,                                  -- the process that shows the user that it waits
  primary key (user_id, update_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_threshold = 1000);

create index inbox_worker on inbox (worker) where not handed;

-- The bots at work. One that has not renewed its lease is dead, and others go on with its users.
create table inbox_workers (
  worker uuid primary key,
  alive_until timestamptz not null,
  fence bigint not null default 0                 -- statements with a lower number were given up by the process
) with (fillfactor = 50);

-- Ids of the last seconds' updates, which show whether an earlier one is still to come. A crash may lose them.
create unlogged table inbox_seen (
  update_id bigint primary key,
  seen_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_threshold = 1000);
