-- What a person said and cost on a day and no event tells: added to by the batch that brings it.
create table user_usage (
  user_id bigint not null,
  day date not null,
  messages integer not null default 0,
  llm_calls integer not null default 0,
  tokens bigint not null default 0,
  cost_rub numeric not null default 0,
  primary key (user_id, day)
) with (fillfactor = 70);

-- A mark for each person and day with something new; whoever counts them takes the marks away. No key: marks are only
-- added and taken, and two of the same person and day do not have to wait for each other.
create table dirty_days (
  user_id bigint not null,
  day date not null
);
