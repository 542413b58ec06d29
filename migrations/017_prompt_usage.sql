-- What each version of the prompt did for a user on a day, as it was counted. Per user, for the users are what an experiment draws:
-- their spread gives the intervals. Deleted with the user, and when no experiment is compared over it any more
-- (delete_old_prompt_usage()).
create table prompt_usage (
  user_id bigint not null,
  day date not null,
  messages integer not null default 0,
  turns integer not null default 0,               -- model calls
  sessions smallint not null default 0,           -- in which it answered; one that two versions answered counts for both
  carts smallint not null default 0,              -- new ones, no corrections
  cost_rub numeric not null default 0,
  prompt_version text not null,
  primary key (user_id, day, prompt_version)
) with (fillfactor = 90);

-- What a batch of facts adds to prompt_usage waits here until it is counted. Without a key or an index, as user_usage.
create table prompt_changes (
  user_id bigint not null,
  day date not null,
  messages integer not null,
  turns integer not null,
  sessions smallint not null,
  carts smallint not null,
  cost_rub numeric not null,
  prompt_version text not null
);

-- prompt_usage of all users by pairs of days, so that an experiment is a sum of rows. What a user did within [a, b] is x = x1 + x2 + …
-- over the days, and x * y the sum of xi * yj over all pairs of days: the pair lies at the earlier day (since) and the later one (until), and
-- the sum where since >= a and until <= b is that of x * y over the users, for any a and b. Sums of x itself lie at (day, day); users
-- are counted by differences, as in analytics.spans.
create table analytics.prompt_spans (
  prompt_version text not null,
  since date not null,
  until date not null,
  users bigint not null,
  sessions bigint not null,
  messages bigint not null,
  turns bigint not null,
  carts bigint not null,
  sessions_squared bigint not null,
  carts_squared bigint not null,
  carts_sessions bigint not null,
  messages_squared bigint not null,
  turns_squared bigint not null,
  turns_messages bigint not null,
  cost_rub numeric not null,
  cost_squared numeric not null,
  cost_carts numeric not null,
  primary key (prompt_version, until, since)
) with (fillfactor = 70);
