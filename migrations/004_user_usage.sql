-- Messages and model usage of users that are not counted yet, which no event holds: each batch of facts leaves a row for a user and
-- day, and counting adds it to the user's day in user_days and deletes it. Without a key: no batch waits for another, or for the count.
-- Without an index: it holds what the last seconds brought.
create table user_usage (
  user_id bigint not null,
  tokens bigint not null default 0,
  day date not null,
  messages integer not null default 0,
  llm_calls integer not null default 0,
  cost_rub numeric not null default 0
);
