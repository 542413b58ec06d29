-- What each version of the prompt did for a user on a day: incremented by the batch of facts that brings it. Per user, for the
-- users are what an experiment draws: their spread gives the intervals. Deleted with the user.
create table prompt_usage (
  user_id bigint not null,
  day date not null,
  prompt_version text not null,
  sessions integer not null default 0,            -- in which it answered; one that two versions answered counts for both
  messages integer not null default 0,
  turns integer not null default 0,               -- model calls
  cost_rub numeric not null default 0,
  carts integer not null default 0,               -- new ones, no corrections
  primary key (user_id, day, prompt_version)
) with (fillfactor = 70);
create index prompt_usage_days on prompt_usage (day);
