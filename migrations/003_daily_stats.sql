-- One row per day of ANALYTICS_TZ. messages, llm_calls, tokens_used and tokens_cost_rub are incremented by the batch of
-- facts that brings them; the other columns are counted from user_events.
create table daily_stats (
  date            date    primary key,
  dau             integer not null default 0,
  new_users       integer not null default 0,
  sessions        integer not null default 0,
  carts_created   integer not null default 0,
  total_gmv       numeric not null default 0,
  searches        integer not null default 0,
  errors          integer not null default 0,
  tokens_used     bigint  not null default 0,
  tokens_cost_rub numeric not null default 0,
  messages        integer not null default 0,
  llm_calls       integer not null default 0
) with (fillfactor = 50);
