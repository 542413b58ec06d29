-- What each user contributes to the totals, as it was counted last. Every total is the sum of these contributions, so a
-- late event, a repeated event and an erasure are small differences, and events may arrive in any order. Rows of days that are over hardly
-- change: the tables are filled to nine tenths or more, and columns stand by their width, so that nothing is padded
-- (docs/decisions/0021-what-the-rollups-keep.md).

-- Marks the users with something new on a day, one row for each batch of facts and day; counting deletes the marks. Without a
-- key: two batches with the same user and day need not wait for each other.
create table dirty_days (
  day date not null,
  users bigint[] not null,
  marked_at timestamptz not null default now(),
  portion integer                                 -- of the marks that take_marks() put back: those that are taken together
) with (toast_tuple_target = 8160); -- the users of a whole batch stay in the row: compressing them costs more than the rest

-- The time zone whose days are counted.
create table rollup_state (
  only_row boolean primary key default true check (only_row),
  time_zone text not null
);

create table user_firsts (
  user_id bigint primary key,
  start_day date,                                 -- of the first /start ever; null without one, or when it was erased
  source text not null,
  campaign text,                                  -- the slug of the first /start
  dropped_step integer not null default 0         -- the furthest step of the funnel in months that were dropped
);

create table user_days (
  user_id bigint not null,
  tokens bigint not null,
  day date not null,
  events integer not null,
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  sessions smallint not null,
  carts smallint not null,
  priced_carts smallint not null,                 -- carts whose sum is known
  labelled_carts smallint not null,               -- carts whose link carries a partner mark
  first_carts smallint not null,
  gmv numeric not null,
  cost_rub numeric not null,
  queries integer[] not null default '{}',        -- query_id of each search, negative for one without a result; emptied with the events
  primary key (user_id, day)
) with (fillfactor = 95);

-- The earliest path through the funnel from the first /start of a day: each step at its first time after the step before.
create table user_chains (
  user_id bigint not null,
  start_day date not null,
  previous_start_day date not null,
  started_at timestamptz not null,
  message_at timestamptz,
  search_at timestamptz,
  cart_at timestamptz,
  limit_at timestamptz,
  survey_at timestamptz,
  source text not null,
  primary key (user_id, start_day)
) with (fillfactor = 90);

create table survey_answers (
  user_id bigint primary key,
  answered_at timestamptz not null,
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,                        -- two carts, and a session in the 30 days up to the answer
  feedback text                                   -- deleted with its event after 12 months
);
create index survey_answers_feedback on survey_answers (answered_at) where feedback is not null;

-- What users searched for, in lower case: a number stands for the text in the rollups. Deleted with the last of its searches.
create table queries (
  query_id integer generated always as identity primary key,
  query text not null unique,
  searches bigint not null default 0              -- in user_days
) with (fillfactor = 90);

-- Failures of a user per day and kind; a row of the kind all, all has every failure of the day.
create table user_errors (
  user_id bigint not null,
  error_type text not null,
  upstream text not null,                         -- as error_upstream() names it
  day date not null,
  errors integer not null,
  previous_day date not null,                     -- the latest day before this one with a failure of the kind
  primary key (user_id, error_type, upstream, day)
) with (fillfactor = 90);
