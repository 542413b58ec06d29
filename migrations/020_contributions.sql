-- What users with the same source, first day and campaign contribute on a day, as contribution_of() finds it. A row without a
-- source has the starts by a slug.
create type day_sums as (
  day date,
  source text,
  start_day date,
  campaign text,
  starts bigint,
  new_users bigint,
  active bigint,
  first_in_week bigint,
  sessions bigint,
  carts bigint,
  priced_carts bigint,
  labelled_carts bigint,
  gmv numeric,
  first_carts bigint,
  buyers bigint,
  searches bigint,
  errors bigint,
  messages bigint,
  llm_calls bigint,
  tokens numeric,
  cost_rub numeric
);

-- Users of a kind and source on a day, by the days (since) from which on a period counts them: 1 the day itself, -1 the one before.
create type day_pair as (
  kind text,
  source text,
  day date,
  since date,
  n bigint
);

create type day_blocks as (
  day date,
  source text,
  step integer,
  blocks bigint,
  unblocks bigint
);

create type contribution as (
  sums day_sums[],
  pairs day_pair[],
  blocks day_blocks[]
);

-- Users, each with the day from which they are counted.
create type users_from as (
  users bigint[],
  days date[]
);

-- Events of a user on a day; queries as in user_days.
create type day_events as (
  user_id bigint,
  day date,
  events integer,
  sessions integer,
  searches integer,
  errors integer,
  queries integer[]
);

-- Users with events of a kind, and the events of all by day, as look_at_events() finds them.
create type event_kinds as (
  days day_events[],
  slugs users_from,                                -- a /start with a slug
  carts users_from,
  answers users_from,
  errors users_from,
  steps bigint[]                                   -- a step of the funnel but a session and a search, which most have
);
