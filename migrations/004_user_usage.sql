-- Messages and model usage of a user per day, which no event holds: incremented by the batch of facts that brings them.
create table user_usage (
  user_id bigint not null,
  day date not null,
  messages integer not null default 0,
  llm_calls integer not null default 0,
  tokens bigint not null default 0,
  cost_rub numeric not null default 0,
  primary key (user_id, day)
) with (fillfactor = 70);
