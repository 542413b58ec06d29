-- What the numbers are read from. Every total is the sum of what single people add to it, so a late event, a repeated one
-- and an erasure are small differences, and the order in which events arrive does not matter.
--   public.*     one row a person and day, a person and /start day, …: what a person adds, as it was counted
--   analytics.*  the totals: nobody in particular; rows of `erased` are what people added who were erased since
create schema analytics;

/* The time zone whose days are counted. */
create table rollup_state (
  only_row boolean primary key default true check (only_row),
  time_zone text not null
);

create table user_firsts (
  user_id bigint primary key,
  start_day date,                                 -- of the first /start ever; null for those who wrote without it, or erased it
  source text not null
);

create table user_days (
  user_id bigint not null,
  day date not null,
  events integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,                  -- carts whose sum is known
  gmv numeric not null,
  first_carts integer not null,
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  previous_seen_day date not null default '-infinity',    -- the day before this one with any event
  previous_active_day date not null default '-infinity',  -- … with a session
  previous_cart_day date not null default '-infinity',
  primary key (user_id, day)
) with (fillfactor = 70);

-- The earliest way through the funnel from the first /start of a day: each step at its first time after the step before.
create table user_chains (
  user_id bigint not null,
  start_day date not null,
  previous_start_day date not null,
  source text not null,
  started_at timestamptz not null,
  message_at timestamptz,
  search_at timestamptz,
  cart_at timestamptz,
  limit_at timestamptz,
  survey_at timestamptz,
  primary key (user_id, start_day)
) with (fillfactor = 70);

create table survey_answers (
  user_id bigint primary key,
  answered_at timestamptz not null,
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,                        -- two carts and a session in the 30 days up to the answer: knows the bot
  feedback text                                   -- leaves with its event after 12 months
);
create index survey_answers_feedback on survey_answers (answered_at) where feedback is not null;

-- What a person searched for on a day. Leaves with its events, and with the person.
create table user_searches (
  user_id bigint not null,
  query text not null,
  day date not null,
  searches integer not null,
  empty integer not null,                         -- those without a result
  previous_day date not null,                     -- the day before this one on which they searched for it
  primary key (user_id, query, day)
) with (fillfactor = 70);

-- The same of all people, in the manner of analytics.spans. Not for every reader: it has queries that only one person asked.
create table query_spans (
  since date not null,
  until date not null,
  query text not null,
  n integer not null,
  searches integer not null,
  empty integer not null,
  primary key (since, until, query) include (n, searches, empty)
) with (fillfactor = 70);

create table analytics.day_totals (
  day date not null,
  source text not null,
  erased boolean not null,
  new_users integer not null,
  dau integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,
  gmv numeric not null,
  first_carts integer not null,
  buyers integer not null,                        -- people with a cart
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  primary key (day, source, erased)
) with (fillfactor = 50);

-- Different people who did something within [a, b]: the sum of n where since >= a and until <= b. For that everyone adds one at
-- (day, day) for each day they did it, and takes one away at (day before, day), the last day they did it before: whatever a
-- and b, one remains for each person with a day inside. A way through the funnel adds one at (start day, day of the step)
-- and takes one away at (previous start day, day of the step) in the same manner: the way that begins with the first /start
-- inside is the one that is left, and it has come as far as the days until b say.
create table analytics.spans (
  kind text not null,                             -- active: a session; seen: any event; buyer: a cart; or a stage of the funnel
  source text not null,                           -- of the first /start, or all
  since date not null,
  until date not null,
  erased boolean not null,
  n integer not null,
  primary key (kind, source, since, until, erased) include (n)  -- read from the index alone: ten times as fast
) with (fillfactor = 70);

create table analytics.cohort_days (
  start_day date not null,
  day date not null,
  erased boolean not null,
  active integer not null,                        -- people new on start_day with a session on day
  first_in_week integer not null,                 -- those for whom it is the first such day of its week
  primary key (start_day, day, erased)
) with (fillfactor = 70);

create table analytics.survey_totals (
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,
  erased boolean not null,
  n integer not null,
  primary key (day, pmf, useful_feature, in_pmf, erased)
);
