-- The totals that every number is read from. The schema analytics names no user, and readers such as Grafana see nothing
-- else. Rows of `erased` hold the contributions of users who were erased since.
create schema analytics;

create table analytics.day_totals (
  day date not null,
  source text not null,                           -- of the first /start
  erased boolean not null,
  new_users integer not null,
  dau integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,
  labelled_carts integer not null,                -- carts whose link carries a partner mark
  gmv numeric not null,
  first_carts integer not null,
  buyers integer not null,                        -- users with a cart
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  primary key (day, source, erased)
) with (fillfactor = 50);

-- Distinct users who did something within [a, b]. Each user adds 1 at (day, day) for every such day, and -1 at (previous such
-- day, day): the sum where the first is >= a and the second <= b is 1 per user with a day inside, for any a and b. A path
-- through the funnel adds 1 at (start day, day of the step) and -1 at (previous start day, day of the step): the path that
-- begins with the first /start inside remains, and has come as far as the days until b say.
-- A row has all of its second day: sums[i] is what lies at sinces[i] and later, sinces ascends. So an answer reads one number
-- per row, that of the first since >= a.
create table analytics.spans (
  kind text not null,                             -- active: a session; seen: any event; buyer: a cart; or a funnel stage
  source text not null,                           -- of the first /start, or all
  day date not null,
  erased boolean not null,
  sinces date[] not null,
  sums integer[] not null,
  primary key (kind, source, day, erased)
) with (fillfactor = 90);

-- How many calendar days after its /start a path reached each step, below 90: whether that was within the conversion window
-- is asked when it is read. Distinct users whose first /start in [a, b] led there within w days: the sum of n where
-- since >= a, start_day <= b and days < w, by the same differences as in analytics.spans. A row has all of its start_day: ns[i] is
-- what lies at sinces[i] and days[i], and days ascends, so that what is within a window is the beginning of a row.
create table analytics.funnel_lags (
  stage text not null,
  source text not null,                           -- of the first /start, or all
  start_day date not null,
  erased boolean not null,
  sinces date[] not null,                         -- start_day, or the previous start day of users with a negative n
  days smallint[] not null,
  ns integer[] not null,
  primary key (stage, source, start_day, erased)
) with (fillfactor = 90);

-- Of the users new on start_days[i] (ascending) those with a session on the day, and those of them for whom it is the first such day
-- of its week.
create table analytics.cohort_days (
  day date not null,
  erased boolean not null,
  start_days date[] not null,
  active integer[] not null,
  first_in_week integer[] not null,
  primary key (day, erased)
) with (fillfactor = 90);

create table analytics.survey_totals (
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,
  erased boolean not null,
  n integer not null,
  primary key (day, pmf, useful_feature, in_pmf, erased)
);

-- user_errors of all users, in the form of spans.
create table analytics.error_spans (
  error_type text not null,
  upstream text not null,
  since date not null,
  until date not null,
  erased boolean not null,
  n integer not null,
  errors integer not null,
  primary key (error_type, upstream, since, until, erased) include (n, errors)
) with (fillfactor = 90);

-- The searches of a day for each query, and (missed) those of them without a result; sinces and sums count their users as
-- analytics.spans does. In public: readers must not see queries of a single user.
create table query_days (
  day date not null,
  query_id integer not null,
  missed boolean not null,
  searches integer not null,
  sinces date[] not null,
  sums integer[] not null,
  primary key (day, query_id, missed)
) with (fillfactor = 90);

-- The queries of a user on a day, as searches_of() finds them; queries as in user_days.
create type user_queries as (
  user_id bigint,
  from_day date,                                   -- the first day that was looked at
  day date,
  queries integer[]
);
