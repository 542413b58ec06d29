-- What each version of the prompt did for a user on a day: incremented by the batch of facts that brings it. Per user, for the
-- users are what an experiment draws: their spread gives the intervals. Deleted with the user, and when no experiment is compared
-- over it any more (delete_old_prompt_usage()).
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
