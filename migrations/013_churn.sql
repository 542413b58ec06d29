-- When users blocked the bot in Telegram and let it in again: the history of users.bot_blocked_at. day and step are what was
-- counted last; null until then, and where the state did not change.
create table bot_blocks (
  user_id bigint not null,
  id uuid not null,
  at timestamptz not null,
  blocked boolean not null,
  position bigint generated always as identity,   -- of two at the same second the later one counts
  day date,
  step integer,                                   -- the furthest step of the funnel until then: 0 none, 1 start … 6 survey
  primary key (user_id, id)
) with (fillfactor = 70);

create table analytics.churn_totals (
  day date not null,
  source text not null,                           -- of the first /start
  step integer not null,
  erased boolean not null,
  blocks integer not null,
  unblocks integer not null,
  primary key (day, source, step, erased)
) with (fillfactor = 50);
