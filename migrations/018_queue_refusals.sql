-- Users whom the bot refused because too many were waiting: one row a user, with nothing of what they wrote. A reminder is due
-- from wanted_at until it was sent; claimed before it is sent, so that several bots and restarts send it once.
create table queue_refusals (
  user_id bigint primary key,
  refused_at timestamptz not null default clock_timestamp(),  -- the last time, or when a reminder was asked for
  wanted_at timestamptz,                          -- asked for a reminder; null: did not, or needs none any more
  claimed_at timestamptz,                         -- a bot is about to send it, or has sent it
  reminded_at timestamptz                         -- sent
);

create index queue_refusals_wanted on queue_refusals (wanted_at) where wanted_at is not null;
