-- Written by `npm run schema`. Do not edit.

create table analytics.campaign_totals (
  campaign text not null,
  day date not null,
  erased boolean not null,
  starts integer not null,
  new_users integer not null,
  first_carts integer not null,
  carts integer not null,
  labelled_carts integer not null,
  gmv numeric not null,
  messages integer not null,
  cost_rub numeric not null,
  constraint campaign_totals_pkey PRIMARY KEY (campaign, day, erased)
) with (fillfactor=50);

create table analytics.churn_totals (
  day date not null,
  source text not null,
  step integer not null,
  erased boolean not null,
  blocks integer not null,
  unblocks integer not null,
  constraint churn_totals_pkey PRIMARY KEY (day, source, step, erased)
) with (fillfactor=50);

create table analytics.cohort_days (
  day date not null,
  erased boolean not null,
  start_days date[] not null,
  active integer[] not null,
  first_in_week integer[] not null,
  constraint cohort_days_pkey PRIMARY KEY (day, erased)
) with (fillfactor=90);

create table analytics.cohort_money (
  week date not null,
  day date not null,
  erased boolean not null,
  carts integer not null,
  labelled_carts integer not null,
  gmv numeric not null,
  cost_rub numeric not null,
  constraint cohort_money_pkey PRIMARY KEY (week, day, erased)
) with (fillfactor=50);

create table analytics.day_totals (
  day date not null,
  source text not null,
  erased boolean not null,
  new_users integer not null,
  dau integer not null,
  sessions integer not null,
  carts integer not null,
  priced_carts integer not null,
  labelled_carts integer not null,
  gmv numeric not null,
  first_carts integer not null,
  buyers integer not null,
  searches integer not null,
  errors integer not null,
  messages integer not null,
  llm_calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  constraint day_totals_pkey PRIMARY KEY (day, source, erased)
) with (fillfactor=50);

create table analytics.error_spans (
  error_type text not null,
  upstream text not null,
  since date not null,
  until date not null,
  erased boolean not null,
  n integer not null,
  errors integer not null,
  constraint error_spans_pkey PRIMARY KEY (error_type, upstream, since, until, erased) INCLUDE (n, errors)
) with (fillfactor=90);

create table analytics.funnel_lags (
  stage text not null,
  source text not null,
  start_day date not null,
  erased boolean not null,
  sinces date[] not null,
  days smallint[] not null,
  ns integer[] not null,
  constraint funnel_lags_pkey PRIMARY KEY (stage, source, start_day, erased)
) with (fillfactor=90);

create table analytics.model_days (
  day date not null,
  provider text not null,
  model text not null,
  calls integer not null,
  tokens bigint not null,
  cost_rub numeric not null,
  constraint model_days_pkey PRIMARY KEY (day, provider, model)
) with (fillfactor=50);

create table analytics.money_settings (
  only_row boolean default true not null,
  affiliate_percent numeric,
  order_percent numeric not null,
  constraint money_settings_pkey PRIMARY KEY (only_row),
  constraint money_settings_only_row_check CHECK (only_row)
);

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
  constraint prompt_spans_pkey PRIMARY KEY (prompt_version, until, since)
) with (fillfactor=70);

create table analytics.rating_totals (
  day date not null,
  prompt_version text,
  rating text not null,
  reason text,
  carts integer not null,
  constraint rating_totals_day_prompt_version_rating_reason_key UNIQUE NULLS NOT DISTINCT (day, prompt_version, rating, reason)
) with (fillfactor=90);

create table analytics.spans (
  kind text not null,
  source text not null,
  day date not null,
  erased boolean not null,
  sinces date[] not null,
  sums integer[] not null,
  constraint spans_pkey PRIMARY KEY (kind, source, day, erased)
) with (fillfactor=90);

create table analytics.survey_totals (
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,
  erased boolean not null,
  n integer not null,
  constraint survey_totals_pkey PRIMARY KEY (day, pmf, useful_feature, in_pmf, erased)
);

create table alert_desk (
  singleton boolean default true not null,
  version bigint not null,
  state jsonb not null,
  changed_at timestamp with time zone default now() not null,
  constraint alert_desk_pkey PRIMARY KEY (singleton),
  constraint alert_desk_singleton_check CHECK (singleton)
);

create table applied_batches (
  batch_id uuid not null,
  applied_at timestamp with time zone default now() not null,
  constraint applied_batches_pkey PRIMARY KEY (batch_id)
);

create table archive_erasures (
  pseudonym uuid not null,
  erased_at timestamp with time zone default now() not null,
  constraint archive_erasures_pkey PRIMARY KEY (pseudonym)
);

create table archive_pseudonyms (
  user_id bigint not null,
  pseudonym uuid default gen_random_uuid() not null,
  constraint archive_pseudonyms_pseudonym_key UNIQUE (pseudonym),
  constraint archive_pseudonyms_pkey PRIMARY KEY (user_id)
);

create table bot_blocks (
  user_id bigint not null,
  id uuid not null,
  at timestamp with time zone not null,
  blocked boolean not null,
  "position" bigint not null,
  day date,
  step integer,
  constraint bot_blocks_pkey PRIMARY KEY (user_id, id)
) with (fillfactor=70);

create table campaigns (
  slug text not null,
  name text not null,
  name_key text not null,
  price_rub numeric,
  made_by bigint,
  made_at timestamp with time zone not null,
  synthetic boolean default false not null,
  constraint campaigns_name_key_key UNIQUE (name_key),
  constraint campaigns_pkey PRIMARY KEY (slug),
  constraint campaigns_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
  constraint campaigns_price_rub_check CHECK ((price_rub >= (0)::numeric)),
  constraint campaigns_slug_check CHECK (((slug ~ '^[A-Za-z0-9_-]{1,64}$'::text) AND (slug !~* '^ref_'::text)))
);

create table cart_ratings (
  user_id bigint not null,
  cart_number integer not null,
  revision integer not null,
  rating text not null,
  reason text,
  prompt_version text,
  request_id text,
  rated_at timestamp with time zone not null,
  constraint cart_ratings_pkey PRIMARY KEY (user_id, cart_number),
  constraint cart_ratings_cart_number_check CHECK ((cart_number > 0)),
  constraint cart_ratings_check CHECK (((reason IS NULL) OR (rating = 'down'::text))),
  constraint cart_ratings_rating_check CHECK ((rating = ANY (ARRAY['up'::text, 'down'::text]))),
  constraint cart_ratings_reason_check CHECK ((reason = ANY (ARRAY['expensive'::text, 'wrong'::text, 'missing'::text, 'extra'::text, 'other'::text]))),
  constraint cart_ratings_revision_check CHECK ((revision >= 0))
);

create table daily_stats (
  date date not null,
  dau integer default 0 not null,
  new_users integer default 0 not null,
  sessions integer default 0 not null,
  carts_created integer default 0 not null,
  total_gmv numeric default 0 not null,
  searches integer default 0 not null,
  errors integer default 0 not null,
  tokens_used bigint default 0 not null,
  tokens_cost_rub numeric default 0 not null,
  messages integer default 0 not null,
  llm_calls integer default 0 not null,
  constraint daily_stats_pkey PRIMARY KEY (date)
) with (fillfactor=50);

create table deferred_facts (
  "position" bigint not null,
  user_id bigint not null,
  fact jsonb not null,
  is_event boolean not null,
  settings jsonb not null,
  rejection text,
  constraint deferred_facts_pkey PRIMARY KEY ("position")
);

create table demo_history (
  only_row boolean default true not null,
  seed bigint not null,
  users integer not null,
  days integer not null,
  until date not null,
  sandbox boolean default false not null,
  counted boolean default false not null,
  created_at timestamp with time zone default now() not null,
  constraint demo_history_pkey PRIMARY KEY (only_row),
  constraint demo_history_only_row_check CHECK (only_row)
);

create table digests (
  week date not null,
  admin_id bigint not null,
  claimed_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint digests_pkey PRIMARY KEY (week, admin_id)
);

create table dirty_days (
  day date not null,
  users bigint[] not null,
  marked_at timestamp with time zone default now() not null,
  portion integer
) with (toast_tuple_target=8160);

create table erased_users (
  id_hash bytea not null,
  carts_left integer not null,
  survey_completed boolean not null,
  had_started boolean not null,
  blocked_at timestamp with time zone,
  block_reason text,
  erased_at timestamp with time zone default now() not null,
  constraint erased_users_pkey PRIMARY KEY (id_hash)
);

create table event_archive (
  month date not null,
  contents text[] not null,
  written_at timestamp with time zone default now() not null,
  constraint event_archive_pkey PRIMARY KEY (month)
);

create table event_horizon (
  only_row boolean default true not null,
  oldest_retained timestamp with time zone not null,
  oldest_kept timestamp with time zone,
  constraint event_horizon_pkey PRIMARY KEY (only_row),
  constraint event_horizon_only_row_check CHECK (only_row)
);

create table inbox (
  user_id bigint not null,
  update_id bigint not null,
  body bytea not null,
  received_at timestamp with time zone default clock_timestamp() not null,
  worker uuid,
  handed boolean default false not null,
  attempts smallint default 0 not null,
  shown_message bigint,
  shown_by uuid,
  constraint inbox_pkey PRIMARY KEY (user_id, update_id)
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.2, autovacuum_vacuum_threshold=1000);

create table inbox_seen (
  update_id bigint not null,
  seen_at timestamp with time zone default clock_timestamp() not null,
  constraint inbox_seen_pkey PRIMARY KEY (update_id)
) with (autovacuum_vacuum_scale_factor=0.2, autovacuum_vacuum_threshold=1000);

create table inbox_workers (
  worker uuid not null,
  alive_until timestamp with time zone not null,
  fence bigint default 0 not null,
  constraint inbox_workers_pkey PRIMARY KEY (worker)
) with (fillfactor=50);

create table last_carts (
  user_id bigint not null,
  message_fact_id uuid not null,
  cart_number integer not null,
  revision integer not null,
  cart jsonb not null,
  created_at timestamp with time zone not null,
  constraint last_carts_pkey PRIMARY KEY (user_id)
);

create table log_pseudonyms (
  user_id bigint not null,
  pseudonym text not null,
  constraint log_pseudonyms_pseudonym_key UNIQUE (pseudonym),
  constraint log_pseudonyms_pkey PRIMARY KEY (user_id),
  constraint log_pseudonyms_pseudonym_check CHECK ((pseudonym ~ '^[0-9a-z]{16}$'::text))
);

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

create table prompt_usage (
  user_id bigint not null,
  day date not null,
  messages integer default 0 not null,
  turns integer default 0 not null,
  sessions smallint default 0 not null,
  carts smallint default 0 not null,
  cost_rub numeric default 0 not null,
  prompt_version text not null,
  constraint prompt_usage_pkey PRIMARY KEY (user_id, day, prompt_version)
) with (fillfactor=90);

create table queries (
  query_id integer not null,
  query text not null,
  searches bigint default 0 not null,
  constraint queries_query_key UNIQUE (query),
  constraint queries_pkey PRIMARY KEY (query_id)
) with (fillfactor=90);

create table query_days (
  day date not null,
  query_id integer not null,
  missed boolean not null,
  searches integer not null,
  sinces date[] not null,
  sums integer[] not null,
  constraint query_days_pkey PRIMARY KEY (day, query_id, missed)
) with (fillfactor=90);

create table queue_refusals (
  user_id bigint not null,
  refused_at timestamp with time zone default clock_timestamp() not null,
  wanted_at timestamp with time zone,
  claimed_at timestamp with time zone,
  reminded_at timestamp with time zone,
  constraint queue_refusals_pkey PRIMARY KEY (user_id)
);

create table rating_changes (
  rated_at timestamp with time zone not null,
  prompt_version text,
  rating text not null,
  reason text,
  n integer not null
);

create table reconciliation (
  date date not null,
  number text not null,
  postgres numeric,
  loki numeric,
  prometheus numeric,
  difference numeric,
  cause text,
  checked_at timestamp with time zone not null,
  constraint reconciliation_pkey PRIMARY KEY (date, number)
);

create table reconciliation_turn (
  only_row boolean default true not null,
  holder uuid default gen_random_uuid() not null,
  ends_at timestamp with time zone not null,
  constraint reconciliation_turn_pkey PRIMARY KEY (only_row),
  constraint reconciliation_turn_only_row_check CHECK (only_row)
);

create table referral_codes (
  code text not null,
  user_id bigint not null,
  constraint referral_codes_user_id_key UNIQUE (user_id),
  constraint referral_codes_pkey PRIMARY KEY (code)
);

create table rollup_state (
  only_row boolean default true not null,
  time_zone text not null,
  constraint rollup_state_pkey PRIMARY KEY (only_row),
  constraint rollup_state_only_row_check CHECK (only_row)
);

create table sql_objects (
  file text not null,
  identity text not null,
  hash text not null,
  applied_at timestamp with time zone default now() not null,
  constraint sql_objects_pkey PRIMARY KEY (file)
);

create table survey_answers (
  user_id bigint not null,
  answered_at timestamp with time zone not null,
  day date not null,
  pmf text not null,
  useful_feature text not null,
  in_pmf boolean not null,
  feedback text,
  constraint survey_answers_pkey PRIMARY KEY (user_id)
);

create table user_chains (
  user_id bigint not null,
  start_day date not null,
  previous_start_day date not null,
  started_at timestamp with time zone not null,
  message_at timestamp with time zone,
  search_at timestamp with time zone,
  cart_at timestamp with time zone,
  limit_at timestamp with time zone,
  survey_at timestamp with time zone,
  source text not null,
  constraint user_chains_pkey PRIMARY KEY (user_id, start_day)
) with (fillfactor=90);

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
  priced_carts smallint not null,
  labelled_carts smallint not null,
  first_carts smallint not null,
  gmv numeric not null,
  cost_rub numeric not null,
  queries integer[] default '{}'::integer[] not null,
  constraint user_days_pkey PRIMARY KEY (user_id, day)
) with (fillfactor=95);

create table user_errors (
  user_id bigint not null,
  error_type text not null,
  upstream text not null,
  day date not null,
  errors integer not null,
  previous_day date not null,
  constraint user_errors_pkey PRIMARY KEY (user_id, error_type, upstream, day)
) with (fillfactor=90);

create table user_events (
  id uuid not null,
  user_id bigint not null,
  event_type text not null,
  metadata jsonb not null,
  created_at timestamp with time zone not null,
  request_id text,
  campaign text,
  constraint user_events_pkey PRIMARY KEY (user_id, created_at, id),
  constraint user_events_check CHECK ((((event_type = 'bot_start'::text) AND (campaign ~ '^[A-Za-z0-9_-]{1,64}$'::text)) OR (campaign IS NULL))),
  constraint user_events_check1 CHECK (((event_type <> 'product_search'::text) OR (((metadata ->> 'had_results'::text))::boolean = (((metadata ->> 'results_count'::text))::numeric > (0)::numeric)))),
  constraint user_events_check2 CHECK (((event_type <> 'cart_created'::text) OR (((metadata ->> 'revision'::text))::integer >= 0))),
  constraint user_events_check3 CHECK (((event_type <> 'survey_completed'::text) OR (char_length((metadata ->> 'feedback'::text)) <= 500))),
  constraint user_events_event_type_check CHECK ((event_type = ANY (ARRAY['bot_start'::text, 'cart_created'::text, 'cart_limit_reached'::text, 'session_start'::text, 'survey_completed'::text, 'product_search'::text, 'bot_error'::text])))
) partition by RANGE (created_at);

create table user_firsts (
  user_id bigint not null,
  start_day date,
  source text not null,
  campaign text,
  dropped_step integer default 0 not null,
  constraint user_firsts_pkey PRIMARY KEY (user_id)
);

create table user_preferences (
  user_id bigint not null,
  category text not null,
  preference text not null,
  updated_at timestamp with time zone default now() not null,
  constraint user_preferences_pkey PRIMARY KEY (user_id, category),
  constraint user_preferences_category_check CHECK (((length(category) >= 1) AND (length(category) <= 100))),
  constraint user_preferences_preference_check CHECK (((length(preference) >= 1) AND (length(preference) <= 500)))
);

create table user_restrictions (
  user_id bigint not null,
  kind text not null,
  value text not null,
  created_at timestamp with time zone default now() not null,
  constraint user_restrictions_pkey PRIMARY KEY (user_id, kind, value),
  constraint user_restrictions_kind_check CHECK ((kind = ANY (ARRAY['diet'::text, 'allergy'::text, 'dislike'::text]))),
  constraint user_restrictions_value_check CHECK (((length(value) >= 1) AND (length(value) <= 100)))
);

create table user_starts (
  user_id bigint not null,
  day date not null,
  slug text not null,
  starts integer not null,
  constraint user_starts_pkey PRIMARY KEY (user_id, day, slug)
);

create table user_usage (
  user_id bigint not null,
  tokens bigint default 0 not null,
  day date not null,
  messages integer default 0 not null,
  llm_calls integer default 0 not null,
  cost_rub numeric default 0 not null
);

create table users (
  user_id bigint not null,
  registered_at timestamp with time zone not null,
  started_at timestamp with time zone,
  source text default 'organic'::text not null,
  campaign text,
  invited_by bigint,
  inviter_paid_at timestamp with time zone,
  may_be_invited boolean default true not null,
  carts_created integer default 0 not null,
  cart_limit integer not null,
  survey_completed_at timestamp with time zone,
  survey_progress jsonb,
  consent_version text,
  consent_at timestamp with time zone,
  consent_method text,
  consent_withdrawn_at timestamp with time zone,
  last_message_at timestamp with time zone,
  session_day date,
  sessions_today integer default 0 not null,
  messages_in_session integer default 0 not null,
  session_prompt_version text,
  recent_messages uuid[] default '{}'::uuid[] not null,
  done_messages uuid[] default '{}'::uuid[] not null,
  blocked_at timestamp with time zone,
  block_reason text,
  bot_blocked_at timestamp with time zone,
  synthetic boolean default false not null,
  started_before_erasure boolean default false not null,
  constraint users_pkey PRIMARY KEY (user_id),
  constraint users_check CHECK (((carts_created >= 0) AND (cart_limit >= 0)))
) with (fillfactor=70);

CREATE INDEX inbox_worker ON public.inbox USING btree (worker) WHERE (NOT handed);

CREATE INDEX queue_refusals_wanted ON public.queue_refusals USING btree (wanted_at) WHERE (wanted_at IS NOT NULL);

CREATE INDEX survey_answers_feedback ON public.survey_answers USING btree (answered_at) WHERE (feedback IS NOT NULL);

CREATE INDEX user_events_campaigns ON ONLY public.user_events USING btree (user_id, created_at) WHERE (campaign IS NOT NULL);

CREATE INDEX user_events_carts ON ONLY public.user_events USING btree (user_id, created_at) WHERE (event_type = 'cart_created'::text);

CREATE INDEX user_events_errors ON ONLY public.user_events USING btree (created_at) WHERE (event_type = 'bot_error'::text);

CREATE INDEX user_events_failures ON ONLY public.user_events USING btree (request_id COLLATE "C") WHERE (event_type = 'bot_error'::text);

CREATE INDEX user_events_referrer ON ONLY public.user_events USING btree ((((metadata ->> 'referrer_id'::text))::bigint)) WHERE ((event_type = 'bot_start'::text) AND ((metadata ->> 'referrer_id'::text) IS NOT NULL));

CREATE INDEX users_invited_by ON public.users USING btree (invited_by) WHERE (invited_by IS NOT NULL);

CREATE INDEX users_synthetic ON public.users USING btree (user_id) WHERE synthetic;

create view analytics.daily as
 SELECT date,
    dau,
    new_users,
    sessions,
    carts_created AS carts,
    total_gmv AS gmv,
    searches,
    errors,
    messages,
    llm_calls,
    tokens_used AS tokens,
    tokens_cost_rub AS cost_rub
   FROM daily_stats;

create view analytics.daily_by_source as
 SELECT day,
    source,
    sum(new_users) AS new_users,
    sum(dau) AS dau,
    sum(sessions) AS sessions,
    sum(carts) AS carts,
    sum(priced_carts) AS priced_carts,
    sum(gmv) AS gmv,
    sum(first_carts) AS first_carts,
    sum(buyers) AS buyers,
    sum(searches) AS searches,
    sum(errors) AS errors,
    sum(messages) AS messages,
    sum(llm_calls) AS llm_calls,
    sum(tokens) AS tokens,
    sum(cost_rub) AS cost_rub,
    sum(labelled_carts) AS labelled_carts
   FROM analytics.day_totals
  GROUP BY day, source;

create view analytics.daily_stats as
 SELECT date,
    dau,
    new_users,
    sessions,
    carts_created,
    total_gmv,
    searches,
    errors,
    tokens_used,
    tokens_cost_rub,
    messages,
    llm_calls
   FROM daily_stats;

create view analytics.reconciliation as
 SELECT date,
    number,
    postgres,
    loki,
    prometheus,
    difference,
    cause,
    checked_at
   FROM reconciliation;

create view analytics.time_zone as
 SELECT time_zone
   FROM rollup_state;

create view analytics.user_events as
 SELECT event_type,
    public_metadata(metadata) AS metadata,
    created_at,
    request_id
   FROM user_events e
  WHERE NOT (user_id IN ( SELECT u.user_id
           FROM uncounted_users u));

create view all_usage as
 SELECT user_days.user_id,
    user_days.day,
    user_days.messages,
    user_days.llm_calls,
    user_days.tokens,
    user_days.cost_rub
   FROM user_days
UNION ALL
 SELECT user_usage.user_id,
    user_usage.day,
    user_usage.messages,
    user_usage.llm_calls,
    user_usage.tokens,
    user_usage.cost_rub
   FROM user_usage;

create view uncounted_users as
 SELECT user_id
   FROM users
  WHERE synthetic AND NOT (EXISTS ( SELECT 1
           FROM demo_history
          WHERE demo_history.counted));

CREATE OR REPLACE FUNCTION analytics.active_of(p_start_day date, p_day date)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(c.active[array_position(c.start_days, p_start_day)]), 0) from analytics.cohort_days c where c.day = p_day
$function$
;

CREATE OR REPLACE FUNCTION analytics.affiliate_percent()
 RETURNS numeric
 LANGUAGE sql
 STABLE
AS $function$ select affiliate_percent from analytics.money_settings $function$
;

CREATE OR REPLACE FUNCTION analytics.amount_change(p_amount numeric, p_n numeric, p_before numeric, p_before_n numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce((
    select analytics.show_change(p_amount, n.low * e.now, n.high * e.now, p_before, b.low * e.before, b.high * e.before)
    from analytics.poisson_interval(p_n) n, analytics.poisson_interval(p_before_n) b,
      lateral (select
        case when p_n > 0 then p_amount / p_n else p_before / greatest(p_before_n, 1) end as now,
        case when p_before_n > 0 then p_before / p_before_n else p_amount / greatest(p_n, 1) end as before) e
  ), '—')
$function$
;

CREATE OR REPLACE FUNCTION analytics.brief_change(p_change text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case p_change when '≈ в пределах шума' then ' ≈' when '▲ раньше не было' then ' ▲ новое' when '—' then ''
    when 'день ещё идёт' then '' else ' ' || p_change end
$function$
;

CREATE OR REPLACE FUNCTION analytics.campaigns(p_from date, p_to date)
 RETURNS TABLE(campaign text, name text, price_rub numeric, starts bigint, new_users bigint, first_carts bigint, carts bigint, gmv numeric, messages bigint, cost_rub numeric, total_new_users bigint, total_first_carts bigint, total_gmv numeric, total_cost_rub numeric)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select c.slug, c.name, c.price_rub,
    coalesce(sum(t.starts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.new_users) filter (where t.day >= p_from), 0),
    coalesce(sum(t.first_carts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.carts) filter (where t.day >= p_from), 0),
    coalesce(sum(t.gmv) filter (where t.day >= p_from), 0),
    coalesce(sum(t.messages) filter (where t.day >= p_from), 0),
    coalesce(sum(t.cost_rub) filter (where t.day >= p_from), 0),
    coalesce(sum(t.new_users), 0), coalesce(sum(t.first_carts), 0), coalesce(sum(t.gmv), 0), coalesce(sum(t.cost_rub), 0)
  from campaigns c
  left join analytics.campaign_totals t on t.campaign = c.slug and t.day <= p_to
  where not c.synthetic or exists (select 1 from demo_history where counted)
  group by c.slug
  order by 5 desc, 4 desc, c.slug collate "C"
$function$
;

CREATE OR REPLACE FUNCTION analytics.cart_ratings(p_from date, p_to date)
 RETURNS TABLE(prompt_version text, rating text, reason text, carts bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select x.prompt_version, x.rating, x.reason, sum(x.n)::bigint
  from (
    select t.prompt_version, t.rating, t.reason, t.carts as n from analytics.rating_totals t
    where t.day >= p_from and t.day <= p_to
    union all
    select c.prompt_version, c.rating, c.reason, c.n from rating_changes c
    where c.rated_at >= (select analytics.day_start(p_from)) and c.rated_at < (select analytics.day_start(p_to + 1))
  ) x
  group by x.prompt_version, x.rating, x.reason
  having sum(x.n) <> 0
  order by x.prompt_version, x.rating desc, x.reason
$function$
;

CREATE OR REPLACE FUNCTION analytics.churn(p_from date, p_to date)
 RETURNS TABLE(day date, source text, step text, blocks bigint, unblocks bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select t.day, t.source, (array['none', 'start', 'message', 'search', 'cart', 'limit', 'survey'])[t.step + 1],
    sum(t.blocks), sum(t.unblocks)
  from analytics.churn_totals t
  where t.day >= p_from and t.day <= p_to
  group by t.day, t.source, t.step
  having sum(t.blocks) <> 0 or sum(t.unblocks) <> 0
  order by t.day, t.source, t.step
$function$
;

CREATE OR REPLACE FUNCTION analytics.cohort_cells(p_from date, p_to date)
 RETURNS TABLE(week date, size bigint, active text[])
 LANGUAGE sql
 STABLE
AS $function$
  select c.week, c.size, array(
    select case when c.week + 7 * a.week_number::integer > analytics.today() then '◌ ' else '' end || round(a.share * 100) || ' %'
    from unnest(c.active) with ordinality as a (share, week_number) order by a.week_number)
  from analytics.cohort_shares(p_from, p_to) c
  order by c.week
$function$
;

CREATE OR REPLACE FUNCTION analytics.cohort_shares(p_from date, p_to date)
 RETURNS TABLE(week date, size bigint, active numeric[])
 LANGUAGE sql
 STABLE
AS $function$
  select c.week, c.size, array(
    select a.n::numeric / nullif(c.size, 0) from unnest(c.active) with ordinality as a (n, week_number) order by a.week_number)
  from analytics.cohorts(p_from, p_to) c
  order by c.week
$function$
;

CREATE OR REPLACE FUNCTION analytics.cohorts(p_from date, p_to date)
 RETURNS TABLE(week date, size bigint, active integer[])
 LANGUAGE sql
 STABLE
AS $function$
  with monday as (
    select date_trunc('week', p_from::timestamp)::date as day
  ), sizes as (
    select (d.date - m.day) / 7 as week, sum(d.new_users) as size
    from monday m, analytics.daily d where d.date >= p_from and d.date <= p_to
    group by 1 having sum(d.new_users) > 0
  ), weeks as (
    select (x.start_day - m.day) / 7 as week, (x.day - m.day) / 7 as active_week, sum(x.first_in_week)::integer as n
    from monday m, (select c.day, unnest(c.start_days) as start_day, unnest(c.first_in_week) as first_in_week
      from analytics.cohort_days c where c.day >= p_from and c.day <= p_to) x
    where x.start_day >= p_from
    group by 1, 2
  )
  select m.day + 7 * s.week, s.size, array_agg(coalesce(w.n, 0) order by k)
  from monday m
  cross join sizes s
  cross join lateral generate_series(s.week, (p_to - m.day) / 7) as k
  left join weeks w on w.week = s.week and w.active_week = k
  group by m.day, s.week, s.size
  order by s.week
$function$
;

CREATE OR REPLACE FUNCTION analytics.compared_periods(p_from date, p_to date, p_today date DEFAULT analytics.today())
 RETURNS TABLE(now_from date, now_to date, before_from date, before_to date)
 LANGUAGE sql
 STABLE
AS $function$
  select p_from, p.finished, p_from - p.days, p.finished - p.days
  from (select least(p_to, p_today - 1) as finished, p_to - p_from + 1 as days) p
  where p.finished >= p_from and p_from - p.days >= analytics.kept_since()
$function$
;

CREATE OR REPLACE FUNCTION analytics.count_change(p_now numeric, p_before numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce((
    select analytics.show_change(p_now, n.low, n.high, p_before, b.low, b.high)
    from analytics.poisson_interval(p_now) n, analytics.poisson_interval(p_before) b
  ), '—')
$function$
;

CREATE OR REPLACE FUNCTION analytics.day_numbers(p_from date, p_to date)
 RETURNS TABLE(date date, "time" timestamp with time zone, dau integer, new_users integer, sessions integer, carts integer, gmv numeric, searches integer, errors integer, messages integer, tokens bigint, cost_rub numeric, avg_cart numeric, with_cart bigint, conversion numeric, cost_per_user numeric, cost_share numeric, error_share numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select d.date, analytics.day_start(d.date), d.dau, d.new_users, d.sessions, d.carts, d.gmv, d.searches, d.errors, d.messages,
    d.tokens, d.cost_rub, d.gmv / nullif(p.priced_carts, 0), coalesce(p.buyers, 0), coalesce(p.buyers, 0)::numeric / nullif(d.dau, 0),
    d.cost_rub / nullif(d.dau, 0), d.cost_rub / nullif(d.gmv, 0), d.errors::numeric / nullif(d.messages, 0)
  from analytics.days(p_from, p_to) d
  left join (select t.day, sum(t.priced_carts) as priced_carts, sum(t.buyers) as buyers from analytics.day_totals t
    where t.day >= p_from and t.day <= p_to group by t.day) p on p.day = d.date
  order by d.date
$function$
;

CREATE OR REPLACE FUNCTION analytics.day_start(p_day date)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE
AS $function$
  select day_start(p_day, coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))
$function$
;

CREATE OR REPLACE FUNCTION analytics.days(p_from date, p_to date)
 RETURNS TABLE(date date, dau integer, new_users integer, sessions integer, carts integer, gmv numeric, searches integer, errors integer, messages integer, tokens bigint, cost_rub numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select d::date, coalesce(s.dau, 0), coalesce(s.new_users, 0), coalesce(s.sessions, 0), coalesce(s.carts, 0),
    coalesce(s.gmv, 0), coalesce(s.searches, 0), coalesce(s.errors, 0), coalesce(s.messages, 0), coalesce(s.tokens, 0),
    coalesce(s.cost_rub, 0)
  from generate_series(p_from::timestamp, p_to::timestamp, interval '1 day') d
  left join analytics.daily s on s.date = d::date
  order by d
$function$
;

CREATE OR REPLACE FUNCTION analytics.errors(p_from date, p_to date)
 RETURNS TABLE(error_type text, upstream text, errors bigint, users bigint, first_at timestamp with time zone, last_at timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with counted as (
    select s.error_type, s.upstream, s.until as day,
      row_number() over (partition by s.error_type, s.upstream order by s.until) as place,
      row_number() over (partition by s.error_type, s.upstream order by s.until desc) as place_from_end
    from analytics.error_spans s
    where s.error_type <> 'all' and not s.erased and s.since = s.until and s.errors > 0
      and s.until >= greatest(p_from, first_whole_day((select z.time_zone from analytics.time_zone z)) - 1) and s.until <= p_to
  ), stored as (
    select e.metadata ->> 'error_type' as error_type, error_upstream(e.metadata) as upstream, min(e.created_at) as first_at,
      max(e.created_at) as last_at
    from (select distinct c.day from counted c where c.place <= 2 or c.place_from_end = 1) d
    join user_events e on e.event_type = 'bot_error' and e.created_at >= analytics.day_start(d.day)
      and e.created_at < analytics.day_start(d.day + 1)
    where e.user_id not in (select u.user_id from uncounted_users u)
    group by 1, 2
  )
  select s.error_type, s.upstream, sum(s.errors), sum(s.n), min(t.first_at), max(t.last_at)
  from analytics.error_spans s
  left join stored t on t.error_type = s.error_type and t.upstream = s.upstream
  where s.error_type <> 'all' and s.since >= p_from and s.since <= p_to and s.until <= p_to
  group by s.error_type, s.upstream having sum(s.errors) > 0
  order by sum(s.errors) desc, s.error_type, s.upstream
$function$
;

CREATE OR REPLACE FUNCTION analytics.experiment(p_from date, p_to date)
 RETURNS TABLE(prompt_version text, first_day date, last_day date, users bigint, sessions bigint, messages bigint, turns bigint, cost_rub numeric, carts bigint, rated bigint, up bigint, sessions_squared bigint, carts_squared bigint, carts_sessions bigint, cost_squared numeric, cost_carts numeric, messages_squared bigint, turns_squared bigint, turns_messages bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  with versions as (
    select p.prompt_version, min(p.until) filter (where p.since = p.until and p.users > 0) as first_day,
      max(p.until) filter (where p.since = p.until and p.users > 0) as last_day, sum(p.users) as users, sum(p.sessions) as sessions,
      sum(p.messages) as messages, sum(p.turns) as turns, sum(p.cost_rub) as cost_rub, sum(p.carts) as carts,
      sum(p.sessions_squared) as sessions_squared, sum(p.carts_squared) as carts_squared, sum(p.carts_sessions) as carts_sessions,
      sum(p.cost_squared) as cost_squared, sum(p.cost_carts) as cost_carts, sum(p.messages_squared) as messages_squared,
      sum(p.turns_squared) as turns_squared, sum(p.turns_messages) as turns_messages
    from analytics.prompt_spans p
    where p.since >= p_from and p.until <= p_to
    group by p.prompt_version
    having sum(p.users) > 0
  ), ratings as (
    select r.prompt_version, sum(r.carts)::bigint as rated, coalesce(sum(r.carts) filter (where r.rating = 'up'), 0)::bigint as up
    from analytics.cart_ratings(p_from, p_to) r
    group by r.prompt_version
  )
  select v.prompt_version, v.first_day, v.last_day, v.users, v.sessions, v.messages, v.turns, v.cost_rub, v.carts,
    coalesce(r.rated, 0), coalesce(r.up, 0), v.sessions_squared, v.carts_squared, v.carts_sessions, v.cost_squared, v.cost_carts,
    v.messages_squared, v.turns_squared, v.turns_messages
  from versions v
  left join ratings r on r.prompt_version = v.prompt_version
  order by v.users desc, v.prompt_version
$function$
;

CREATE OR REPLACE FUNCTION analytics.failed_users(p_from date, p_to date)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(n), 0) from analytics.error_spans
  where error_type = 'all' and since >= p_from and since <= p_to and until <= p_to
$function$
;

CREATE OR REPLACE FUNCTION analytics.funnel(p_from date, p_to date, p_source text DEFAULT NULL::text)
 RETURNS TABLE(step integer, stage text, users bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select s.step, s.stage, analytics.users_in(s.stage, coalesce(p_source, 'all'), p_from, p_to)
  from (values (1, 'start'), (2, 'message'), (3, 'search'), (4, 'cart'), (5, 'limit'), (6, 'survey')) as s (step, stage)
  order by s.step
$function$
;

CREATE OR REPLACE FUNCTION analytics.funnel_changes(p_from date, p_to date, p_source text DEFAULT NULL::text)
 RETURNS TABLE(step integer, stage text, users bigint, of_previous numeric, of_first numeric, lost bigint, before bigint, change text)
 LANGUAGE sql
 STABLE
AS $function$
  select f.step, f.stage, f.users, f.of_previous, f.of_first, f.lost, b.users,
    case when p_from >= analytics.today() then 'день ещё идёт' else coalesce(case when f.step = 1
      then analytics.count_change(c.users, c.before)
      else analytics.share_change(c.users, c.of, c.before, c.before_of) end, '—') end
  from analytics.funnel_shares(p_from, p_to, p_source) f
  left join analytics.funnel(p_from - (p_to - p_from + 1), p_from - 1, p_source) b
    on b.step = f.step and p_from - 1 >= analytics.kept_since()
  left join (
    select n.step, n.users, lag(n.users) over steps as of, o.users as before, lag(o.users) over steps as before_of
    from analytics.compared_periods(p_from, p_to) p
    cross join lateral analytics.funnel(p.now_from, p.now_to, p_source) n
    join lateral analytics.funnel(p.before_from, p.before_to, p_source) o on o.step = n.step
    window steps as (order by n.step)
  ) c on c.step = f.step
  order by f.step
$function$
;

CREATE OR REPLACE FUNCTION analytics.funnel_open(p_from date, p_to date, p_source text DEFAULT NULL::text, p_window integer DEFAULT 7, p_today date DEFAULT analytics.today())
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select analytics.users_in('start', coalesce(p_source, 'all'), p_from, p_to)
    - analytics.users_in('start', coalesce(p_source, 'all'), p_from, least(p_to, p_today - p_window))
$function$
;

CREATE OR REPLACE FUNCTION analytics.funnel_shares(p_from date, p_to date, p_source text DEFAULT NULL::text)
 RETURNS TABLE(step integer, stage text, users bigint, of_previous numeric, of_first numeric, lost bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select f.step, f.stage, f.users,
    f.users::numeric / nullif(lag(f.users) over steps, 0),
    f.users::numeric / nullif(first_value(f.users) over steps, 0),
    f.users - lead(f.users) over steps
  from analytics.funnel(p_from, p_to, p_source) f
  window steps as (order by f.step)
  order by f.step
$function$
;

CREATE OR REPLACE FUNCTION analytics.funnel_window(p_from date, p_to date, p_source text DEFAULT NULL::text, p_window integer DEFAULT 7, p_today date DEFAULT analytics.today())
 RETURNS TABLE(step integer, stage text, users bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select s.step, s.stage, case s.stage when 'start'
    then analytics.users_in('start', coalesce(p_source, 'all'), p_from, least(p_to, p_today - p_window))
    else (select coalesce(sum(x.n), 0)
      from (select unnest(trim_array(l.sinces, w.n)) as since, unnest(trim_array(l.ns, w.n)) as n -- as columns: half the time of a join
        from analytics.funnel_lags l
        cross join lateral (select cardinality(l.days) - width_bucket((p_window - 1)::smallint, l.days)) as w (n) -- later ones
        where l.stage = s.stage and l.source = coalesce(p_source, 'all')
          and l.start_day >= p_from and l.start_day <= least(p_to, p_today - p_window)) x
      where x.since >= p_from) end
  from (values (1, 'start'), (2, 'message'), (3, 'search'), (4, 'cart'), (5, 'limit'), (6, 'survey')) as s (step, stage)
  order by s.step
$function$
;

CREATE OR REPLACE FUNCTION analytics.kept_since()
 RETURNS date
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select greatest(coalesce(min(d.date), analytics.today()), first_kept_day((select s.time_zone from rollup_state s)))
  from daily_stats d
  where (d.dau, d.new_users, d.carts_created, d.searches, d.errors, d.messages, d.llm_calls) <> (0, 0, 0, 0, 0, 0, 0)
$function$
;

CREATE OR REPLACE FUNCTION analytics.last_errors(p_from date, p_to date, p_limit integer DEFAULT 10)
 RETURNS TABLE("time" timestamp with time zone, error_type text, upstream text, request_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select e.created_at, e.metadata ->> 'error_type', error_upstream(e.metadata), e.request_id
  from user_events e
  where e.event_type = 'bot_error' and e.created_at >= analytics.day_start(p_from)
    and e.created_at < analytics.day_start(p_to + 1) and e.user_id not in (select u.user_id from uncounted_users u)
  order by e.created_at desc, e.id
  limit p_limit
$function$
;

CREATE OR REPLACE FUNCTION analytics.local_date(p_at timestamp with time zone)
 RETURNS date
 LANGUAGE sql
 STABLE
AS $function$
  select (p_at at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$function$
;

CREATE OR REPLACE FUNCTION analytics.missing_searches(p_from date, p_to date)
 RETURNS TABLE(query text, users bigint, empty bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select q.query, s.users, s.empty
  from (
    select d.query_id, sum(analytics.sum_since(p_from, d.sinces, d.sums)) as users, sum(d.searches) as empty
    from query_days d where d.missed and d.day >= p_from and d.day <= p_to
    group by d.query_id
  ) s
  join queries q on q.query_id = s.query_id
  where s.users >= 3
  order by s.users desc, q.query
$function$
;

CREATE OR REPLACE FUNCTION analytics.order_percent()
 RETURNS numeric
 LANGUAGE sql
 STABLE
AS $function$ select coalesce((select order_percent from analytics.money_settings), 30) $function$
;

CREATE OR REPLACE FUNCTION analytics.pmf(p_to date, OUT answers bigint, OUT share numeric, OUT low numeric, OUT high numeric)
 RETURNS record
 LANGUAGE sql
 STABLE
AS $function$
  select a.answers, a.very / nullif(a.answers, 0), w.low, w.high
  from (
    select coalesce(sum(s.answers), 0)::bigint as answers, coalesce(sum(s.answers) filter (where s.pmf = 'very'), 0) as very
    from analytics.survey(p_to) s where s.in_pmf
  ) a
  left join lateral analytics.wilson_interval(a.very, a.answers) w on true
$function$
;

CREATE OR REPLACE FUNCTION analytics.poisson_interval(p_n numeric, OUT low numeric, OUT high numeric)
 RETURNS record
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when p_n < 100 then (array[
    0,0.0253,0.2422,0.6187,1.0899,1.6235,2.2019,2.8144,3.4538,4.1154,4.7954,5.4912,6.2006,6.922,7.6539,8.3954,9.1454,
    9.9031,10.6679,11.4392,12.2165,12.9993,13.7873,14.58,15.3773,16.1787,16.9841,17.7932,18.6058,19.4218,20.2409,21.063,
    21.888,22.7157,23.546,24.3788,25.214,26.0514,26.8911,27.7328,28.5766,29.4223,30.2699,31.1193,31.9705,32.8233,33.6778,
    34.5338,35.3914,36.2505,37.111,37.9728,38.8361,39.7006,40.5665,41.4335,42.3018,43.1712,44.0418,44.9135,45.7863,46.6602,
    47.535,48.4109,49.2878,50.1656,51.0444,51.9241,52.8047,53.6861,54.5684,55.4516,56.3356,57.2203,58.1059,58.9923,59.8794,
    60.7672,61.6558,62.545,63.435,64.3257,65.217,66.109,67.0017,67.895,68.7889,69.6834,70.5786,71.4743,72.3706,73.2675,
    74.165,75.063,75.9616,76.8607,77.7603,78.6605,79.5611,80.4623
  ])[p_n::integer + 1]::numeric else p_n * power(1 - 1 / (9 * p_n) - 1.959963984540054 / (3 * sqrt(p_n)), 3) end,
  case when p_n < 100 then (array[
    3.6889,5.5716,7.2247,8.7673,10.2416,11.6683,13.0595,14.4227,15.7632,17.0848,18.3904,19.682,20.9616,22.2304,23.4896,
    24.7402,25.983,27.2186,28.4478,29.6709,30.8884,32.1007,33.3083,34.5113,35.7101,36.9049,38.096,39.2836,40.4678,41.6488,
    42.8269,44.002,45.1745,46.3443,47.5116,48.6765,49.8392,50.9996,52.158,53.3143,54.4686,55.6211,56.7718,57.9207,59.0679,
    60.2135,61.3576,62.5,63.641,64.7806,65.9188,67.0556,68.1911,69.3253,70.4583,71.5901,72.7207,73.8501,74.9784,76.1057,
    77.2319,78.3571,79.4812,80.6044,81.7266,82.8478,83.9682,85.0876,86.2062,87.3239,88.4408,89.5568,90.6721,91.7865,
    92.9002,94.0131,95.1253,96.2368,97.3475,98.4576,99.5669,100.6756,101.7836,102.891,103.9977,105.1038,106.2093,107.3142,
    108.4185,109.5222,110.6253,111.7278,112.8298,113.9313,115.0322,116.1326,117.2324,118.3318,119.4306,120.5289
  ])[p_n::integer + 1]::numeric else (p_n + 1) * power(1 - 1 / (9 * (p_n + 1)) + 1.959963984540054 / (3 * sqrt(p_n + 1)), 3) end
$function$
;

CREATE OR REPLACE FUNCTION analytics.recent_events(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS TABLE("time" timestamp with time zone, event_type text, request_id text, details text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select e.created_at, e.event_type, e.request_id,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(public_metadata(e.metadata)) m)
  from user_events e
  where e.created_at >= p_from and e.created_at <= p_to and e.user_id not in (select u.user_id from uncounted_users u)
  order by e.created_at desc, e.id
  limit 200
$function$
;

CREATE OR REPLACE FUNCTION analytics.request_events(p_request_id text, p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS TABLE("time" timestamp with time zone, event_type text, details text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select e.created_at, e.event_type,
    (select string_agg(m.key || '=' || m.value, ', ' order by m.key)
      from jsonb_each_text(public_metadata(e.metadata)) m)
  from user_events e
  where e.request_id = upper(trim(p_request_id)) and e.created_at >= p_from and e.created_at <= p_to
  order by e.created_at, e.id
$function$
;

CREATE OR REPLACE FUNCTION analytics.retention(p_from date, p_to date, p_today date DEFAULT analytics.today())
 RETURNS TABLE(day date, cohort integer, d1 bigint, d7 bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select d.date, d.new_users,
    case when d.date + 1 <= least(p_to, p_today - 1) then analytics.active_of(d.date, d.date + 1) end,
    case when d.date + 7 <= least(p_to, p_today - 1) then analytics.active_of(d.date, d.date + 7) end
  from analytics.days(p_from, p_to) d
  order by d.date
$function$
;

CREATE OR REPLACE FUNCTION analytics.retention_shares(p_from date, p_to date)
 RETURNS TABLE(day date, "time" timestamp with time zone, cohort integer, d1 numeric, d7 numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select r.day, analytics.day_start(r.day), r.cohort, r.d1::numeric / nullif(r.cohort, 0), r.d7::numeric / nullif(r.cohort, 0)
  from analytics.retention(p_from, p_to) r
  order by r.day
$function$
;

CREATE OR REPLACE FUNCTION analytics.returned(p_offset integer, p_from date, p_to date, p_today date, OUT returned bigint, OUT cohort bigint)
 RETURNS record
 LANGUAGE sql
 STABLE
AS $function$
  select
    (select coalesce(sum(c.active[array_position(c.start_days, c.day - p_offset)]), 0)
      from analytics.cohort_days c where c.day >= p_from and c.day <= least(p_to, p_today - 1))::bigint,
    (select coalesce(sum(s.new_users), 0) from analytics.daily s
      where s.date between p_from - p_offset and least(p_to, p_today - 1) - p_offset)::bigint
$function$
;

CREATE OR REPLACE FUNCTION analytics.searches(p_from date, p_to date)
 RETURNS TABLE(query text, searches bigint, users bigint, empty bigint)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select q.query, s.searches, s.users, s.empty
  from (
    select d.query_id, sum(d.searches) filter (where not d.missed) as searches,
      sum(analytics.sum_since(p_from, d.sinces, d.sums)) filter (where not d.missed) as users,
      coalesce(sum(d.searches) filter (where d.missed), 0) as empty
    from query_days d where d.day >= p_from and d.day <= p_to
    group by d.query_id
  ) s
  join queries q on q.query_id = s.query_id
  where s.users >= 3
  order by s.searches desc, q.query
$function$
;

CREATE OR REPLACE FUNCTION analytics.share_change(p_n numeric, p_of numeric, p_before_n numeric, p_before_of numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce((
    select analytics.show_change(p_n / nullif(p_of, 0), n.low, n.high, p_before_n / nullif(p_before_of, 0), b.low, b.high)
    from analytics.wilson_interval(p_n, p_of) n, analytics.wilson_interval(p_before_n, p_before_of) b
  ), '—')
$function$
;

CREATE OR REPLACE FUNCTION analytics.show_change(p_now numeric, p_low numeric, p_high numeric, p_before numeric, p_before_low numeric, p_before_high numeric)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when p_now is null or p_before is null then '—'
    when p_low <= p_before_high and p_before_low <= p_high then '≈ в пределах шума'
    when p_before = 0 then '▲ раньше не было'
    when p_now / p_before >= 3 then '▲ ×' || analytics.show_tenths(p_now / p_before)
    else case when p_now > p_before then '▲ ' else '▼ ' end
      || analytics.show_tenths(abs(p_now / p_before - 1) * 100, 0) || chr(160) || '%'
  end
$function$
;

CREATE OR REPLACE FUNCTION analytics.show_number(p_value numeric, p_format text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(case p_format
    when 'count' then analytics.show_tenths(p_value, 0)
    when 'mean' then analytics.show_tenths(p_value, case when abs(p_value) >= 10 then 0 else 1 end)
    when 'percent' then case when p_value > 0 and p_value < 0.001 then '<0,1' else analytics.show_tenths(p_value * 100) end
      || chr(160) || '%'
    when 'rub' then case when abs(p_value) < 10 and p_value <> trunc(p_value)
      then replace(to_char(p_value, 'FM0.00'), '.', ',') else analytics.show_tenths(p_value, 0) end || chr(160) || '₽'
    when 'short' then case
      when abs(p_value) >= 999.95e9 then analytics.show_tenths(p_value / 1e12) || chr(160) || 'трлн'
      when abs(p_value) >= 999.95e6 then analytics.show_tenths(p_value / 1e9) || chr(160) || 'млрд'
      when abs(p_value) >= 999.95e3 then analytics.show_tenths(p_value / 1e6) || chr(160) || 'млн'
      when abs(p_value) >= 9999.5 then analytics.show_tenths(p_value / 1e3) || chr(160) || 'тыс.'
      else analytics.show_number(p_value, 'mean') end
  end, '—')
$function$
;

CREATE OR REPLACE FUNCTION analytics.show_tenths(p_value numeric, p_decimals integer DEFAULT 1)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select translate(case when p_decimals = 0 then to_char(round(p_value), 'FM999,999,999,999,999,990')
    else rtrim(to_char(round(p_value, p_decimals), 'FM999,999,999,999,999,990.' || repeat('9', p_decimals)), '.') end,
    ',.', chr(160) || ',')
$function$
;

CREATE OR REPLACE FUNCTION analytics.source_changes(p_from date, p_to date)
 RETURNS TABLE(source text, users bigint, before bigint, users_change text, share numeric, new_users bigint, with_cart bigint, conversion numeric, conversion_change text, first_carts bigint, carts bigint, gmv numeric, cost_rub numeric, cost_per_user numeric)
 LANGUAGE sql
 STABLE
AS $function$
  with compared as (
    select x.source, coalesce(sum(x.users) filter (where x.place = 'now'), 0) as users,
      coalesce(sum(x.with_cart) filter (where x.place = 'now'), 0) as with_cart,
      coalesce(sum(x.users) filter (where x.place = 'before'), 0) as before_users,
      coalesce(sum(x.with_cart) filter (where x.place = 'before'), 0) as before_with_cart
    from (
      select 'now' as place, n.* from analytics.compared_periods(p_from, p_to) p, analytics.sources(p.now_from, p.now_to) n
      union all
      select 'before', b.* from analytics.compared_periods(p_from, p_to) p, analytics.sources(p.before_from, p.before_to) b
    ) x
    group by x.source
  )
  select s.source, s.users, case when p_from - 1 >= analytics.kept_since() then coalesce(b.users, 0) end,
    case when p_from >= analytics.today() then 'день ещё идёт' else coalesce(analytics.count_change(c.users, c.before_users), '—') end,
    s.share, s.new_users, s.with_cart, s.conversion,
    case when p_from >= analytics.today() then 'день ещё идёт'
      else coalesce(analytics.share_change(c.with_cart, c.users, c.before_with_cart, c.before_users), '—') end,
    s.first_carts, s.carts, s.gmv, s.cost_rub, s.cost_per_user
  from analytics.source_shares(p_from, p_to) s
  left join analytics.sources(p_from - (p_to - p_from + 1), p_from - 1) b on b.source = s.source
  left join compared c on c.source = s.source
  order by s.users desc, s.source
$function$
;

CREATE OR REPLACE FUNCTION analytics.source_shares(p_from date, p_to date)
 RETURNS TABLE(source text, users bigint, share numeric, new_users bigint, with_cart bigint, conversion numeric, first_carts bigint, carts bigint, gmv numeric, cost_rub numeric, cost_per_user numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select s.source, s.users, s.users / nullif(sum(s.users) over (), 0), s.new_users, s.with_cart,
    s.with_cart::numeric / nullif(s.users, 0), s.first_carts, s.carts, s.gmv, s.cost_rub, s.cost_rub / nullif(s.users, 0)
  from analytics.sources(p_from, p_to) s
  order by s.users desc, s.source
$function$
;

CREATE OR REPLACE FUNCTION analytics.sources(p_from date, p_to date)
 RETURNS TABLE(source text, users bigint, new_users bigint, with_cart bigint, first_carts bigint, carts bigint, gmv numeric, cost_rub numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select s.source, s.users, t.new_users, s.with_cart, t.first_carts, t.carts, t.gmv, t.cost_rub
  from (
    select g.source, sum(analytics.sum_since(p_from, g.sinces, g.sums)) filter (where g.kind = 'seen') as users,
      coalesce(sum(analytics.sum_since(p_from, g.sinces, g.sums)) filter (where g.kind = 'buyer'), 0) as with_cart
    from analytics.spans g
    where g.kind in ('seen', 'buyer') and g.source in (select x.source from analytics.day_totals x where x.day <= p_to and x.day >= p_from)
      and g.day >= p_from and g.day <= p_to
    group by g.source
  ) s
  join (
    select d.source, sum(d.new_users) as new_users, sum(d.first_carts) as first_carts, sum(d.carts) as carts, sum(d.gmv) as gmv,
      sum(d.cost_rub) as cost_rub
    from analytics.day_totals d where d.day >= p_from and d.day <= p_to
    group by d.source
  ) t on t.source = s.source
  where s.users > 0
  order by s.users desc, s.source
$function$
;

CREATE OR REPLACE FUNCTION analytics.sum_since(p_from date, p_sinces date[], p_sums integer[])
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select p_sums[width_bucket(p_from - 1, p_sinces) + 1] $function$
;

CREATE OR REPLACE FUNCTION analytics.summary(p_from date, p_to date, p_today date DEFAULT analytics.today())
 RETURNS TABLE(new_users bigint, dau_avg numeric, active_users bigint, retention_d1_returned bigint, retention_d1_cohort bigint, retention_d7_returned bigint, retention_d7_cohort bigint, carts bigint, gmv numeric, avg_cart numeric, carts_per_user numeric, tokens bigint, cost_rub numeric, cost_per_user numeric, errors bigint, messages bigint, error_share numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select s.new_users, s.dau::numeric / (case when p_from < p_today then least(p_to, p_today - 1) else p_to end - p_from + 1),
    a.active_users, d1.returned, d1.cohort, d7.returned, d7.cohort,
    s.carts, s.gmv, s.gmv / nullif(p.priced_carts, 0), s.carts::numeric / nullif(a.active_users, 0), s.tokens, s.cost_rub,
    s.cost_rub / nullif(a.active_users, 0), s.errors, s.messages, s.errors::numeric / nullif(s.messages, 0)
  from (
      select coalesce(sum(d.new_users), 0) as new_users, coalesce(sum(d.carts), 0) as carts,
        coalesce(sum(d.dau) filter (where d.date < p_today or p_from >= p_today), 0) as dau,
        coalesce(sum(d.gmv), 0) as gmv, coalesce(sum(d.tokens), 0)::bigint as tokens, coalesce(sum(d.cost_rub), 0) as cost_rub,
        coalesce(sum(d.errors), 0) as errors, coalesce(sum(d.messages), 0) as messages
      from analytics.daily d where d.date >= p_from and d.date <= p_to
    ) s
    cross join (select coalesce(sum(t.priced_carts), 0) as priced_carts from analytics.day_totals t
      where t.day >= p_from and t.day <= p_to) p
    cross join analytics.users_in('active', 'all', p_from, p_to) as a (active_users) -- in a subquery it would run three times
    cross join analytics.returned(1, p_from, p_to, p_today) d1
    cross join analytics.returned(7, p_from, p_to, p_today) d7
$function$
;

CREATE OR REPLACE FUNCTION analytics.summary_changes(p_from date, p_to date)
 RETURNS TABLE(key text, value numeric, shown text, before text, change text, brief text)
 LANGUAGE sql
 STABLE
AS $function$
  with periods as (
    select 'now' as place, p_from as since, p_to as until
    union all select 'before', p_from - (p_to - p_from + 1), p_from - 1 where p_from - 1 >= analytics.kept_since()
    union all select 'compared', p.now_from, p.now_to from analytics.compared_periods(p_from, p_to) p
    union all select 'with', p.before_from, p.before_to from analytics.compared_periods(p_from, p_to) p
  ), numbers as (
    select p.place, n.* from periods p
    cross join lateral analytics.summary(p.since, p.until) s
    cross join lateral (values -- its n is what an amount is made of, or the hits of a share
      (1, 'new_users', 'count', s.new_users::numeric, 'count', null::numeric, null::numeric),
      (2, 'dau_avg', 'mean', s.dau_avg, 'amount', s.dau_avg * (p.until - p.since + 1), null),
      (3, 'active_users', 'count', s.active_users, 'count', null, null),
      (4, 'retention_d1', 'percent', s.retention_d1_returned::numeric / nullif(s.retention_d1_cohort, 0), 'share',
        s.retention_d1_returned, s.retention_d1_cohort),
      (5, 'retention_d7', 'percent', s.retention_d7_returned::numeric / nullif(s.retention_d7_cohort, 0), 'share',
        s.retention_d7_returned, s.retention_d7_cohort),
      (6, 'carts', 'count', s.carts, 'count', null, null),
      (7, 'avg_cart', 'rub', s.avg_cart, 'amount', s.carts, null),
      (8, 'gmv', 'rub', s.gmv, 'amount', s.carts, null),
      (9, 'carts_per_user', 'mean', s.carts_per_user, 'amount', s.carts, null),
      (10, 'tokens', 'short', s.tokens, 'amount', s.messages, null),
      (11, 'cost_rub', 'rub', s.cost_rub, 'amount', s.messages, null),
      (12, 'cost_per_user', 'rub', s.cost_per_user, 'amount', s.active_users, null),
      (13, 'errors', 'count', s.errors, 'share', s.errors, s.messages),
      (14, 'error_share', 'percent', s.error_share, 'share', s.errors, s.messages)
    ) as n (place_in_list, key, format, value, kind, n, of)
  ), shown as (
    select now.place_in_list, now.key, now.value, analytics.show_number(now.value, now.format) as shown,
      analytics.show_number(b.value, now.format) as before,
      case when p_from >= analytics.today() then 'день ещё идёт' else case now.kind
        when 'count' then analytics.count_change(c.value, w.value)
        when 'share' then analytics.share_change(c.n, c.of, w.n, w.of)
        else analytics.amount_change(c.value, round(c.n), w.value, round(w.n)) end end as change
    from numbers now
    left join numbers b on b.place = 'before' and b.key = now.key
    left join numbers c on c.place = 'compared' and c.key = now.key
    left join numbers w on w.place = 'with' and w.key = now.key
    where now.place = 'now'
  )
  select s.key, s.value, s.shown, s.before, s.change, s.shown || analytics.brief_change(s.change)
  from shown s
  order by s.place_in_list
$function$
;

CREATE OR REPLACE FUNCTION analytics.survey(p_to date)
 RETURNS TABLE(pmf text, useful_feature text, in_pmf boolean, answers bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select t.pmf, t.useful_feature, t.in_pmf, sum(t.n) from analytics.survey_totals t where t.day <= p_to
  group by t.pmf, t.useful_feature, t.in_pmf having sum(t.n) > 0
  order by t.pmf, t.useful_feature, t.in_pmf desc
$function$
;

CREATE OR REPLACE FUNCTION analytics.today()
 RETURNS date
 LANGUAGE sql
 STABLE
AS $function$
  select (now() at time zone coalesce((select time_zone from analytics.time_zone), 'Europe/Moscow'))::date
$function$
;

CREATE OR REPLACE FUNCTION analytics.true_at()
 RETURNS timestamp with time zone
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select case when pg_is_in_recovery()
    then least(
      coalesce(pg_last_xact_replay_timestamp(), (select c.checkpoint_time from pg_control_checkpoint() c)),
      (select min(d.marked_at) from dirty_days d))
    else clock_timestamp()
  end
$function$
;

CREATE OR REPLACE FUNCTION analytics.unit_economics(p_from date, p_to date, p_affiliate_percent numeric DEFAULT analytics.affiliate_percent(), p_order_percent numeric DEFAULT analytics.order_percent())
 RETURNS TABLE(dimension text, key text, carts bigint, labelled_carts bigint, gmv numeric, cost_rub numeric, income numeric, income_low numeric, income_high numeric, margin numeric, margin_low numeric, margin_high numeric)
 LANGUAGE sql
 STABLE
AS $function$
  with parts as (
    select 'all' as dimension, 'all' as key, sum(t.carts) as carts, sum(t.labelled_carts) as labelled_carts, sum(t.gmv) as gmv,
      sum(t.cost_rub) as cost_rub
    from analytics.day_totals t where t.day >= p_from and t.day <= p_to
    union all
    select 'source', t.source, sum(t.carts), sum(t.labelled_carts), sum(t.gmv), sum(t.cost_rub)
    from analytics.day_totals t where t.day >= p_from and t.day <= p_to group by t.source
    union all
    select 'campaign', t.campaign, sum(t.carts), sum(t.labelled_carts), sum(t.gmv), sum(t.cost_rub)
    from analytics.campaign_totals t where t.day >= p_from and t.day <= p_to group by t.campaign
    union all
    select 'cohort', case when t.week > '-infinity' then t.week::text else 'none' end, sum(t.carts), sum(t.labelled_carts),
      sum(t.gmv), sum(t.cost_rub)
    from analytics.cohort_money t where t.day >= p_from and t.day <= p_to group by t.week
  ), priced as (
    select p.*, w.low as share_low, w.high as share_high,
      (p.gmv * p_affiliate_percent / 100)::double precision as if_all
    from parts p cross join lateral analytics.wilson(p.labelled_carts, p.carts) w
    where p.carts > 0 or p.cost_rub > 0
  ), earned as (
    select p.*,
      round((p.if_all * coalesce(p.labelled_carts::double precision / nullif(p.carts, 0), 0) * p_order_percent::double precision / 100)::numeric, 2) as income,
      round((p.if_all * coalesce(p.share_low, 0) * (p_order_percent / 2)::double precision / 100)::numeric, 2) as low,
      round((p.if_all * coalesce(p.share_high, 0) * least(100, p_order_percent * 1.5)::double precision / 100)::numeric, 2) as high,
      round(p.cost_rub, 2) as cost
    from priced p
  )
  select e.dimension, e.key, e.carts, e.labelled_carts, round(e.gmv, 2), e.cost, e.income, e.low, e.high,
    e.income - e.cost, e.low - e.cost, e.high - e.cost
  from earned e
  order by array_position(array['all', 'source', 'campaign', 'cohort'], e.dimension),
    case when e.dimension <> 'cohort' then e.carts end desc, e.key collate "C"
$function$
;

CREATE OR REPLACE FUNCTION analytics.users_in(p_kind text, p_source text, p_from date, p_to date)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(analytics.sum_since(p_from, sinces, sums)), 0) from analytics.spans
  where kind = p_kind and source = p_source and day >= p_from and day <= p_to
$function$
;

CREATE OR REPLACE FUNCTION analytics.wilson(p_hits bigint, p_n bigint, OUT low double precision, OUT high double precision)
 RETURNS record
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select greatest(0, (middle - half) / whole), least(1, (middle + half) / whole)
  from (select 1.959963984540054::double precision as z, nullif(p_n, 0)::double precision as n) g
  cross join lateral (select p_hits / n as share) s
  cross join lateral (
    select share + z ^ 2 / (2 * n) as middle, z * sqrt(share * (1 - share) / n + z ^ 2 / (4 * n ^ 2)) as half,
      1 + z ^ 2 / n as whole) w
$function$
;

CREATE OR REPLACE FUNCTION analytics.wilson_interval(p_hits numeric, p_n numeric, OUT low numeric, OUT high numeric)
 RETURNS record
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select greatest(0, (w.middle - w.half) / w.whole), least(1, (w.middle + w.half) / w.whole)
  from (
    select p_hits / nullif(p_n, 0) + power(1.959963984540054, 2) / (2 * nullif(p_n, 0)) as middle,
      1.959963984540054 * sqrt(p_hits / nullif(p_n, 0) * (1 - p_hits / nullif(p_n, 0)) / nullif(p_n, 0) + power(1.959963984540054, 2) / (4 * power(nullif(p_n, 0), 2))) as half,
      1 + power(1.959963984540054, 2) / nullif(p_n, 0) as whole
    where p_n > 0
  ) w
$function$
;

CREATE OR REPLACE FUNCTION public.add_answers(p_sign integer, p_users bigint[], p_erased boolean)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into analytics.survey_totals as t (day, pmf, useful_feature, in_pmf, erased, n)
  select day, pmf, useful_feature, in_pmf, p_erased, p_sign * count(*) from survey_answers where user_id = any (p_users)
  group by day, pmf, useful_feature, in_pmf
  on conflict (day, pmf, useful_feature, in_pmf, erased) do update set n = t.n + excluded.n
$function$
;

CREATE OR REPLACE FUNCTION public.add_campaign_totals(p_sums day_sums[], p_erased boolean, p_campaign text DEFAULT NULL::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.campaign_totals as t (campaign, day, erased, starts, new_users, first_carts, carts, labelled_carts, gmv,
    messages, cost_rub)
  select s.campaign, s.day, p_erased, sum(s.starts), sum(s.new_users), sum(s.first_carts), sum(s.carts), sum(s.labelled_carts),
    sum(s.gmv), sum(s.messages), sum(s.cost_rub)
  from unnest(p_sums) s
  join campaigns c on c.slug = s.campaign and c.slug = coalesce(p_campaign, c.slug)
  group by s.campaign, s.day
  having (sum(s.starts), sum(s.new_users), sum(s.carts), sum(s.messages)) <> (0, 0, 0, 0) or (sum(s.gmv), sum(s.cost_rub)) <> (0, 0)
    or (sum(s.first_carts), sum(s.labelled_carts)) <> (0, 0)
  order by s.campaign, s.day
  on conflict (campaign, day, erased) do update set
    starts = t.starts + excluded.starts,
    new_users = t.new_users + excluded.new_users,
    first_carts = t.first_carts + excluded.first_carts,
    carts = t.carts + excluded.carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    messages = t.messages + excluded.messages,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_chains(p_sign integer, p_users bigint[], p_start_days date[], p_erased boolean, p_tz text)
 RETURNS void
 LANGUAGE sql
AS $function$
  with steps as materialized (
    select g.stage, o.source, e.since, c.start_day, local_day(g.at, p_tz) as day, p_sign * sum(e.n)::integer as n
    from unnest(p_users, p_start_days) as p (user_id, start_day)
    join user_chains c on c.user_id = p.user_id and c.start_day = p.start_day
    cross join lateral (values ('start', c.started_at), ('message', c.message_at), ('search', c.search_at), ('cart', c.cart_at),
      ('limit', c.limit_at), ('survey', c.survey_at)) as g (stage, at)
    cross join lateral (values (c.start_day, 1), (c.previous_start_day, -1)) as e (since, n)
    cross join lateral (values (c.source), ('all')) as o (source)
    where g.at is not null and e.since > '-infinity'
    group by 1, 2, 3, 4, 5
  ), spans as (
    insert into analytics.spans as t (kind, source, day, erased, sinces, sums)
    select stage, source, day, p_erased, array_agg(since order by since), array_agg(sum order by since)
    from (
      select stage, source, day, since,
        (sum(sum(n)) over (partition by stage, source, day order by since desc))::integer as sum
      from steps group by stage, source, day, since having sum(n) <> 0
    ) x
    group by stage, source, day
    order by 1, 2, 3
    on conflict (kind, source, day, erased) do update set (sinces, sums) =
      (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m)
  )
  insert into analytics.funnel_lags as t (stage, source, start_day, erased, sinces, days, ns)
  select stage, source, start_day, p_erased, array_agg(since order by day), array_agg((day - start_day)::smallint order by day),
    array_agg(n order by day)
  from steps where stage <> 'start' and day - start_day < 90 and n <> 0
  group by stage, source, start_day
  order by 1, 2, 3
  on conflict (stage, source, start_day, erased) do update set (sinces, days, ns) =
    (select m.sinces, m.days, m.ns from add_lags(t.sinces, t.days, t.ns, excluded.sinces, excluded.days, excluded.ns) m)
$function$
;

CREATE OR REPLACE FUNCTION public.add_churn_totals(p_before day_blocks[], p_after day_blocks[], p_erased boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.churn_totals as t (day, source, step, erased, blocks, unblocks)
  select day, source, step, p_erased, sum(sign * blocks), sum(sign * unblocks)
  from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) x
  group by day, source, step
  having sum(sign * blocks) <> 0 or sum(sign * unblocks) <> 0
  order by day, source, step
  on conflict (day, source, step, erased) do update set
    blocks = t.blocks + excluded.blocks, unblocks = t.unblocks + excluded.unblocks;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_cohort_days(p_sums day_sums[], p_erased boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.cohort_days as t (day, erased, start_days, active, first_in_week)
  select c.day, p_erased, array_agg(c.start_day order by c.start_day), array_agg(c.active order by c.start_day),
    array_agg(c.first_in_week order by c.start_day)
  from (
    select start_day, day, sum(active)::integer as active, sum(first_in_week)::integer as first_in_week
    from unnest(p_sums)
    where start_day <= day
    group by start_day, day
    having sum(active) <> 0 or sum(first_in_week) <> 0
  ) c
  group by c.day
  order by 1
  on conflict (day, erased) do update set (start_days, active, first_in_week) =
    (select m.start_days, m.active, m.first_in_week from add_cohorts(t.start_days, t.active, t.first_in_week,
      excluded.start_days, excluded.active, excluded.first_in_week) m);
end $function$
;

CREATE OR REPLACE FUNCTION public.add_cohort_money(p_sums day_sums[], p_erased boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.cohort_money as t (week, day, erased, carts, labelled_carts, gmv, cost_rub)
  select coalesce(date_trunc('week', start_day::timestamp)::date, '-infinity'), day, p_erased, sum(carts), sum(labelled_carts),
    sum(gmv), sum(cost_rub)
  from unnest(p_sums)
  group by 1, 2
  having (sum(carts), sum(labelled_carts), sum(gmv), sum(cost_rub)) <> (0, 0, 0, 0)
  order by 1, 2
  on conflict (week, day, erased) do update set
    carts = t.carts + excluded.carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_cohorts(p_start_days date[], p_active integer[], p_first_in_week integer[], p_more_start_days date[], p_more_active integer[], p_more_first_in_week integer[])
 RETURNS TABLE(start_days date[], active integer[], first_in_week integer[])
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(array_agg(s.start_day order by s.start_day), '{}'), coalesce(array_agg(s.active order by s.start_day), '{}'),
    coalesce(array_agg(s.first_in_week order by s.start_day), '{}')
  from (
    select c.start_day, sum(c.active)::integer as active, sum(c.first_in_week)::integer as first_in_week
    from unnest(p_start_days || p_more_start_days, p_active || p_more_active, p_first_in_week || p_more_first_in_week)
      as c (start_day, active, first_in_week)
    group by c.start_day
    having sum(c.active) <> 0 or sum(c.first_in_week) <> 0
  ) s
$function$
;

CREATE OR REPLACE FUNCTION public.add_day_spans(p_before day_pair[], p_after day_pair[], p_erased boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.spans as t (kind, source, day, erased, sinces, sums)
  select x.kind, x.source, x.day, p_erased, array_agg(x.since order by x.since), array_agg(x.sum order by x.since)
  from (
    select kind, source, day, since, (sum(sum(n)) over (partition by kind, source, day order by since desc))::integer as sum
    from (
      select kind, source, day, since, n from unnest(p_after)
      union all
      select kind, source, day, since, -n from unnest(p_before)
    ) p
    group by kind, source, day, since
    having sum(n) <> 0
  ) x
  group by x.kind, x.source, x.day
  order by 1, 2, 3
  on conflict (kind, source, day, erased) do update set (sinces, sums) =
    (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m);
end $function$
;

CREATE OR REPLACE FUNCTION public.add_day_totals(p_sums day_sums[], p_erased boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.day_totals as t (day, source, erased, new_users, dau, sessions, carts, priced_carts, labelled_carts, gmv,
    first_carts, buyers, searches, errors, messages, llm_calls, tokens, cost_rub)
  select day, source, p_erased, sum(new_users), sum(active), sum(sessions), sum(carts), sum(priced_carts), sum(labelled_carts),
    sum(gmv), sum(first_carts), sum(buyers), sum(searches), sum(errors), sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub)
  from unnest(p_sums)
  where source is not null
  group by day, source
  order by day, source
  on conflict (day, source, erased) do update set
    new_users = t.new_users + excluded.new_users,
    dau = t.dau + excluded.dau,
    sessions = t.sessions + excluded.sessions,
    carts = t.carts + excluded.carts,
    priced_carts = t.priced_carts + excluded.priced_carts,
    labelled_carts = t.labelled_carts + excluded.labelled_carts,
    gmv = t.gmv + excluded.gmv,
    first_carts = t.first_carts + excluded.first_carts,
    buyers = t.buyers + excluded.buyers,
    searches = t.searches + excluded.searches,
    errors = t.errors + excluded.errors,
    messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls,
    tokens = t.tokens + excluded.tokens,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_days(p_before contribution, p_after contribution, p_erased boolean)
 RETURNS date[]
 LANGUAGE plpgsql
AS $function$
declare
  v_sums day_sums[];
begin
  with changed as (
    select -1 as sign, b.* from (select * from unnest(p_before.sums) except all select * from unnest(p_after.sums)) b
    union all
    select 1, a.* from (select * from unnest(p_after.sums) except all select * from unnest(p_before.sums)) a
  )
  select array_agg(row(x.*)::day_sums) into v_sums
  from (
    select day, source, start_day, campaign, sum(sign * starts), sum(sign * new_users), sum(sign * active),
      sum(sign * first_in_week), sum(sign * sessions), sum(sign * carts), sum(sign * priced_carts), sum(sign * labelled_carts),
      sum(sign * gmv), sum(sign * first_carts), sum(sign * buyers), sum(sign * searches), sum(sign * errors), sum(sign * messages),
      sum(sign * llm_calls), sum(sign * tokens), sum(sign * cost_rub)
    from changed group by day, source, start_day, campaign
  ) x;
  if v_sums is not null then
    perform add_day_totals(v_sums, p_erased);
    perform add_cohort_days(v_sums, p_erased);
    perform add_cohort_money(v_sums, p_erased);
    perform add_campaign_totals(v_sums, p_erased);
  end if;
  perform add_day_spans(p_before.pairs, p_after.pairs, p_erased);
  perform add_churn_totals(p_before.blocks, p_after.blocks, p_erased);
  return array(select distinct day from unnest(v_sums) where source is not null);
end $function$
;

CREATE OR REPLACE FUNCTION public.add_errors(p_sign integer, p_rows user_errors[], p_erased boolean)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into analytics.error_spans as t (error_type, upstream, since, until, erased, n, errors)
  select r.error_type, r.upstream, e.since, r.day, p_erased, p_sign * sum(e.n), p_sign * sum(e.errors)
  from unnest(p_rows) as r
  cross join lateral (values (r.day, 1, r.errors), (r.previous_day, -1, 0)) as e (since, n, errors)
  where e.since > '-infinity'
  group by r.error_type, r.upstream, e.since, r.day
  order by 1, 2, 3, 4
  on conflict (error_type, upstream, since, until, erased) do update
    set n = t.n + excluded.n, errors = t.errors + excluded.errors
$function$
;

CREATE OR REPLACE FUNCTION public.add_lags(p_sinces date[], p_days smallint[], p_ns integer[], p_more_sinces date[], p_more_days smallint[], p_more_ns integer[])
 RETURNS TABLE(sinces date[], days smallint[], ns integer[])
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(array_agg(s.since order by s.days), '{}'), coalesce(array_agg(s.days order by s.days), '{}'),
    coalesce(array_agg(s.n order by s.days), '{}')
  from (
    select l.since, l.days, sum(l.n)::integer as n
    from unnest(p_sinces || p_more_sinces, p_days || p_more_days, p_ns || p_more_ns) as l (since, days, n)
    group by l.since, l.days
    having sum(l.n) <> 0
  ) s
$function$
;

CREATE OR REPLACE FUNCTION public.add_prompt_usage(p_user bigint, p_at timestamp with time zone, p_version text, p_tz text, p_sessions integer, p_messages integer, p_turns integer, p_cost numeric, p_carts integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if p_version is null then return; end if;
  insert into prompt_changes (user_id, day, prompt_version, sessions, messages, turns, cost_rub, carts)
  select user_id, local_day(p_at, p_tz), p_version, p_sessions, p_messages, p_turns, p_cost, p_carts
  from users where user_id = p_user;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_prompts(p_before analytics.prompt_spans[], p_after analytics.prompt_spans[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into analytics.prompt_spans as t
  select prompt_version, since, until, sum(sign * users), sum(sign * sessions), sum(sign * messages), sum(sign * turns), sum(sign * carts),
    sum(sign * sessions_squared), sum(sign * carts_squared), sum(sign * carts_sessions), sum(sign * messages_squared), sum(sign * turns_squared),
    sum(sign * turns_messages), sum(sign * cost_rub), sum(sign * cost_squared), sum(sign * cost_carts)
  from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) x
  group by prompt_version, since, until
  having (sum(sign * users), sum(sign * sessions), sum(sign * messages), sum(sign * turns), sum(sign * carts), sum(sign * cost_rub))
      <> (0, 0, 0, 0, 0, 0)
    or (sum(sign * sessions_squared), sum(sign * carts_squared), sum(sign * carts_sessions), sum(sign * cost_squared))
      <> (0, 0, 0, 0)
    or (sum(sign * cost_carts), sum(sign * messages_squared), sum(sign * turns_squared), sum(sign * turns_messages))
      <> (0, 0, 0, 0)
  order by 1, 3, 2
  on conflict (prompt_version, until, since) do update set
    users = t.users + excluded.users,
    sessions = t.sessions + excluded.sessions,
    messages = t.messages + excluded.messages,
    turns = t.turns + excluded.turns,
    carts = t.carts + excluded.carts,
    sessions_squared = t.sessions_squared + excluded.sessions_squared,
    carts_squared = t.carts_squared + excluded.carts_squared,
    carts_sessions = t.carts_sessions + excluded.carts_sessions,
    messages_squared = t.messages_squared + excluded.messages_squared,
    turns_squared = t.turns_squared + excluded.turns_squared,
    turns_messages = t.turns_messages + excluded.turns_messages,
    cost_rub = t.cost_rub + excluded.cost_rub,
    cost_squared = t.cost_squared + excluded.cost_squared,
    cost_carts = t.cost_carts + excluded.cost_carts;
end $function$
;

CREATE OR REPLACE FUNCTION public.add_searches(p_before user_queries[], p_after user_queries[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with found as (
    select c.*, lag(c.day) over earlier as previous_day, max(c.day) filter (where c.misses > 0) over earlier as previous_miss
    from (
      select d.sign, d.user_id, d.from_day, abs(q.id) as query_id, d.day, count(*) as searches, count(*) filter (where q.id < 0) as misses
      from (select -1 as sign, b.* from unnest(p_before) b union all select 1, a.* from unnest(p_after) a) d
      cross join lateral unnest(d.queries) as q (id)
      group by 1, 2, 3, 4, 5
    ) c
    window earlier as (partition by c.sign, c.user_id, c.query_id order by c.day rows between unbounded preceding and 1 preceding)
  ), differing as (
    select sum(sign) as sign, user_id, from_day, query_id, day, searches, misses, previous_day, previous_miss
    from found
    group by user_id, from_day, query_id, day, searches, misses, previous_day, previous_miss
    having sum(sign) <> 0
  ), linked as (
    select s.sign, s.query_id, s.day, s.searches, s.misses,
      coalesce(s.previous_day, case when s.from_day > '-infinity' then (select b.day from user_days b
        where b.user_id = s.user_id and b.day < s.from_day and b.queries && array[s.query_id, -s.query_id]
        order by b.day desc limit 1) end) as previous_day,
      coalesce(s.previous_miss, case when s.from_day > '-infinity' and s.misses > 0 then (select b.day from user_days b
        where b.user_id = s.user_id and b.day < s.from_day and b.queries && array[-s.query_id]
        order by b.day desc limit 1) end) as previous_miss
    from differing s
  ), changed as materialized (
    select s.query_id, e.missed, s.day, e.since, sum(e.searches)::integer as searches, sum(e.n)::integer as n
    from (
      select query_id, day, previous_day, previous_miss, sum(sign * searches) as searches, sum(sign) as users,
        sum(sign * misses) as misses, coalesce(sum(sign) filter (where misses > 0), 0) as missing_users
      from linked group by query_id, day, previous_day, previous_miss
    ) s
    cross join lateral (values (false, s.day, s.searches, s.users), (false, s.previous_day, 0, -s.users),
      (true, s.day, s.misses, s.missing_users), (true, s.previous_miss, 0, -s.missing_users)) as e (missed, since, searches, n)
    where e.since is not null
    group by s.query_id, e.missed, s.day, e.since
    having sum(e.searches) <> 0 or sum(e.n) <> 0
  ), added as (
    insert into query_days as t (day, query_id, missed, searches, sinces, sums)
    select c.day, c.query_id, c.missed, sum(c.searches),
      coalesce(array_agg(c.since order by c.since) filter (where c.n <> 0), '{}'),
      coalesce(array_agg(c.sum order by c.since) filter (where c.n <> 0), '{}')
    from (
      select *, sum(n) over (partition by query_id, missed, day order by since desc)::integer as sum from changed
    ) c
    group by c.day, c.query_id, c.missed
    order by 1, 2, 3
    on conflict (day, query_id, missed) do update set searches = t.searches + excluded.searches,
      (sinces, sums) = (select m.sinces, m.sums from add_sums(t.sinces, t.sums, excluded.sinces, excluded.sums) m)
  )
  update queries q set searches = q.searches + c.searches
  from (select query_id, sum(searches) as searches from changed where not missed group by query_id) c
  where q.query_id = c.query_id and c.searches <> 0;
  delete from queries where searches = 0 and query_id in (select abs(q.id) from unnest(p_before) b cross join lateral unnest(b.queries) as q (id));
end $function$
;

CREATE OR REPLACE FUNCTION public.add_sums(p_sinces date[], p_sums integer[], p_more_sinces date[], p_more_sums integer[])
 RETURNS TABLE(sinces date[], sums integer[])
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when o.sum <> 0 then p_sinces else '{}' end, case when o.sum <> 0 then array[o.sum] else '{}' end
  from (select p_sums[1] + p_more_sums[1] as sum) o
  where p_sinces = p_more_sinces and cardinality(p_sinces) = 1
  union all
  select coalesce(array_agg(t.since order by t.since), '{}'), coalesce(array_agg(t.sum order by t.since), '{}')
  from (
    select s.since, sum(s.n) as n, (sum(sum(s.n)) over (order by s.since desc))::integer as sum
    from (
      -- of each: the sum of this day without that of the next, which stands beside it when both are moved by one
      select a.since, a.sum - coalesce(a.next, 0) as n
      from unnest(null::date || p_sinces, null::integer || p_sums, p_sums) as a (since, sum, next) where a.since is not null
      union all
      select b.since, b.sum - coalesce(b.next, 0)
      from unnest(null::date || p_more_sinces, null::integer || p_more_sums, p_more_sums) as b (since, sum, next)
      where b.since is not null
    ) s
    group by s.since
  ) t
  where t.n <> 0
  having p_sinces <> p_more_sinces or cardinality(p_sinces) <> 1
$function$
;

CREATE OR REPLACE FUNCTION public.add_usage(p_usage jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub)
  select u, d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
  from jsonb_to_recordset(p_usage) as x (u bigint, d date, messages int, calls int, tokens bigint, cost numeric)
  group by u, d;

  insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
  select d, coalesce(sum(messages), 0), coalesce(sum(calls), 0), coalesce(sum(tokens), 0), coalesce(sum(cost), 0)
  from jsonb_to_recordset(p_usage) as x (d date, messages int, calls int, tokens bigint, cost numeric)
  group by d order by d
  on conflict (date) do update set
    messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls,
    tokens_used = t.tokens_used + excluded.tokens_used,
    tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;

  insert into analytics.model_days as t (day, provider, model, calls, tokens, cost_rub)
  select x.d, m.provider, m.model, sum(m.calls), sum(m.tokens), sum(m."costRub")
  from jsonb_to_recordset(p_usage) as x (d date, models jsonb)
  cross join lateral jsonb_to_recordset(case when jsonb_typeof(x.models) = 'array' then x.models else '[]' end)
    as m (provider text, model text, calls int, tokens bigint, "costRub" numeric)
  group by 1, 2, 3 order by 1, 2, 3
  on conflict (day, provider, model) do update set
    calls = t.calls + excluded.calls,
    tokens = t.tokens + excluded.tokens,
    cost_rub = t.cost_rub + excluded.cost_rub;
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_bot_block(f jsonb, s jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v users;
begin
  select * into v from users where user_id = (f ->> 'u')::bigint for update;
  if found then
    perform set_bot_block(v, (f ->> 'id')::uuid, (f ->> 'at')::timestamptz, (f ->> 'blocked')::boolean, s ->> 'tz');
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_cart(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_event jsonb;
  v_version jsonb;
  v_paid jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  v_event := find_event(v_user, (f ->> 'id')::uuid, v_at);
  if v_event is not null then return cart_outcome(v, v_event, null, true); end if;

  if (f ->> 'revises')::boolean then v_version := next_version(v_user, v_at); end if;
  if v_version is null then
    v := count_cart(v_user);
    v_version := jsonb_build_object('cart_number', v.carts_created, 'revision', 0);
    v_paid := pay_inviter(v, v_at, (s ->> 'referral_bonus')::int);
    perform add_prompt_usage(v_user, v_at, f ->> 'promptVersion', s ->> 'tz', 0, 0, 0, 0, 1);
  end if;
  perform insert_event('cart_created', f, v_version || jsonb_build_object(
    'items_count', jsonb_array_length(f #> '{cart,lines}'),
    'total_sum', case when (f ->> 'totalSum')::numeric > 0 then f -> 'totalSum' end,
    'scenario', f -> 'scenario',
    'messages_in_session', v.messages_in_session,
    'affiliate_tag', f -> 'affiliateTag'));
  perform save_last_cart(f, v_version);
  perform apply_done(jsonb_build_object('u', v_user, 'messageFactId', id))
  from jsonb_array_elements_text(f -> 'alsoAnswers') as also(id);
  return cart_outcome(v, v_version, v_paid, false);
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_consent(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v users;
begin
  v := lock_user((f ->> 'u')::bigint, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  update users set
    consent_version = f ->> 'version',
    consent_at = case when f ->> 'version' is null then consent_at else v_at end,
    consent_method = case when f ->> 'version' is null then consent_method else f ->> 'method' end,
    consent_withdrawn_at = case when f ->> 'version' is null then v_at end
  where user_id = v.user_id returning * into v;
  return user_state(v, v_at, s ->> 'tz');
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_deferred_facts(p_limit integer DEFAULT 50)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_rows deferred_facts[];
  v_waiting bigint[] := '{}';
  d deferred_facts;
begin
  with taken as (
    delete from deferred_facts
    where rejection is null and user_id in (
      select user_id from deferred_facts where rejection is null group by user_id order by min(position) limit p_limit)
    returning *
  )
  select array_agg(row(t.*)::deferred_facts order by t.position) into v_rows from taken t;
  foreach d in array coalesce(v_rows, '{}') loop
    if d.user_id = any (v_waiting) then
      insert into deferred_facts overriding system value values (d.*);
      continue;
    end if;
    begin
      if d.is_event then perform record_facts(gen_random_uuid(), '[]', jsonb_build_array(d.fact), d.settings);
      else perform record_facts(gen_random_uuid(), jsonb_build_array(d.fact), '[]', d.settings);
      end if;
    exception when others then
      if left(sqlstate, 2) in ('22', '23') and d.fact ->> 'k' is distinct from 'erase' then
        insert into deferred_facts (user_id, fact, is_event, settings, rejection)
        values (d.user_id, d.fact, d.is_event, d.settings, sqlerrm);
      else
        raise warning 'a deferred fact waits: SQLSTATE %', sqlstate;
        v_waiting := v_waiting || d.user_id;
        insert into deferred_facts overriding system value values (d.*);
      end if;
    end;
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_done(f jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update users set done_messages = latest_ids(done_messages, (f ->> 'messageFactId')::uuid)
  where user_id = (f ->> 'u')::bigint;
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_erase(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_events integer;
  v_preferences integer;
  v_restrictions integer;
  v_shown jsonb;
begin
  perform save_allowance(v_user, decode(f ->> 'h', 'hex'));
  perform erase_from_rollups(v_user, s ->> 'tz');
  delete from user_events where user_id = v_user;
  get diagnostics v_events = row_count;
  delete from user_preferences where user_id = v_user;
  get diagnostics v_preferences = row_count;
  delete from user_restrictions where user_id = v_user;
  get diagnostics v_restrictions = row_count;
  delete from last_carts where user_id = v_user;
  with deleted as (delete from cart_ratings where user_id = v_user returning *)
  insert into rating_changes (rated_at, prompt_version, rating, reason, n)
  select rated_at, prompt_version, rating, reason, -1 from deleted
  where not exists (select 1 from uncounted_users u where u.user_id = v_user);
  delete from bot_blocks where user_id = v_user;
  with deleted as (delete from inbox where user_id = v_user returning worker, handed, shown_message)
  select coalesce(jsonb_agg(d.shown_message), '[]') into v_shown from deleted d
  where d.shown_message is not null
    and not (d.handed and exists (select from inbox_workers w where w.worker = d.worker and w.alive_until >= clock_timestamp()));
  delete from queue_refusals where user_id = v_user;
  delete from prompt_usage where user_id = v_user;
  delete from prompt_changes where user_id = v_user;
  delete from referral_codes where user_id = v_user;
  delete from users where user_id = v_user;
  delete from log_pseudonyms where user_id = v_user; -- after users: a concurrent insert holds a lock on that row
  with deleted as (delete from archive_pseudonyms where user_id = v_user returning pseudonym) -- after users, too
  insert into archive_erasures (pseudonym) select pseudonym from deleted;
  update campaigns set made_by = null where made_by = v_user;
  update users set invited_by = null where invited_by = v_user;
  update user_events set metadata = jsonb_set(metadata, '{referrer_id}', 'null')
  where event_type = 'bot_start' and metadata ->> 'referrer_id' is not null and (metadata ->> 'referrer_id')::bigint = v_user;
  return jsonb_build_object('events', v_events, 'preferences', v_preferences + v_restrictions, 'shown', v_shown);
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_fact(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
begin
  case f ->> 'k'
    when 'message' then return apply_message(f, s);
    when 'start' then return apply_start(f, s);
    when 'cart' then return apply_cart(f, s);
    when 'survey' then return apply_survey(f, s);
    when 'consent' then return apply_consent(f, s);
    when 'erase' then return apply_erase(f, s);
    when 'usage' then perform set_session_prompt(f, s ->> 'tz'); return null; -- the numbers are those of usage_of()
    when 'bot_block' then perform apply_bot_block(f, s); return null;
    when 'done' then perform apply_done(f); return null;
    else raise exception 'unknown fact kind' using errcode = 'invalid_parameter_value';
  end case;
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_message(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_id uuid := (f ->> 'id')::uuid;
  v_day date := local_day(v_at, s ->> 'tz');
  v_started boolean;
  v_sessions_today integer;
  v_days_since integer;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.bot_blocked_at < v_at then v := set_bot_block(v, v_id, v_at, false, s ->> 'tz'); end if; -- who writes has let it in
  if v_id = any (v.recent_messages) then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', false,
      'delivery', case when v_id = any (v.done_messages) then 'done' else 'repeat' end,
      'cart', (select cart from last_carts where user_id = v_user and message_fact_id = v_id));
  end if;

  -- a message of a blocked user is not counted and starts no session
  if v.blocked_at <= v_at then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', false,
      'delivery', 'refused', 'cart', null);
  end if;

  v_started := v.last_message_at is null or v_at - v.last_message_at > session_gap();
  v_sessions_today := case when v.session_day = v_day then v.sessions_today else 0 end + v_started::int;
  v_days_since := case when v.last_message_at is not null then greatest(0, v_day - local_day(v.last_message_at, s ->> 'tz')) end;
  update users set
    last_message_at = greatest(last_message_at, v_at),
    session_day = case when v_started then v_day else session_day end,
    sessions_today = case when v_started then v_sessions_today else sessions_today end,
    session_prompt_version = case when not v_started then session_prompt_version end,
    messages_in_session = case when v_started then 1 else messages_in_session + 1 end,
    recent_messages = latest_ids(recent_messages, v_id)
  where user_id = v_user returning * into v;
  if v_started then
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    values (v_id, v_user, 'session_start', jsonb_build_object(
      'day_number', greatest(0, v_day - local_day(v.registered_at, s ->> 'tz')),
      'sessions_today', v_sessions_today,
      'days_since_last_session', v_days_since), v_at, f ->> 'r')
    on conflict do nothing;
  end if;
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'sessionStarted', v_started,
    'delivery', 'first', 'cart', null, 'day', v_day);
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_start(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint := (f ->> 'u')::bigint;
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_inviter bigint;
  v_linked bigint;
  v_metadata jsonb;
  v users;
begin
  v := lock_user(v_user, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.bot_blocked_at < v_at then v := set_bot_block(v, (f ->> 'id')::uuid, v_at, false, s ->> 'tz'); end if; -- who writes has let it in
  v_metadata := find_event(v_user, (f ->> 'id')::uuid, v_at);
  if v_metadata is not null then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
      'source', v_metadata -> 'source', 'inviterId', null, 'repeat', true);
  end if;

  if v.blocked_at <= v_at then
    return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', false,
      'source', v.source, 'inviterId', null, 'repeat', true);
  end if;

  v_inviter := find_inviter(f -> 'inviter', v_user);
  v_metadata := start_metadata(v, f ->> 'source', v_inviter);
  perform insert_event('bot_start', f, v_metadata);
  v_linked := case when v.started_at is null and v.may_be_invited and v.carts_created = 0 then v_inviter end;
  v := set_first_start(v, v_at, v_metadata ->> 'source', v_linked, f ->> 'campaign');
  return jsonb_build_object('user', user_state(v, v_at, s ->> 'tz'), 'isNewUser', v_metadata -> 'is_new_user',
    'source', v_metadata -> 'source', 'inviterId', v_linked, 'repeat', false);
end $function$
;

CREATE OR REPLACE FUNCTION public.apply_survey(f jsonb, s jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_at timestamptz := (f ->> 'at')::timestamptz;
  v_bonus integer := (s ->> 'survey_bonus')::int;
  v users;
begin
  v := lock_user((f ->> 'u')::bigint, v_at, decode(f ->> 'h', 'hex'), (s ->> 'cart_limit')::int);
  if v.survey_completed_at is not null or v.carts_created = 0 then
    update users set survey_progress = null where user_id = v.user_id;
    return jsonb_build_object('completed', false, 'needsCart', v.survey_completed_at is null, 'bonus', 0,
      'cartLimit', v.cart_limit);
  end if;

  update users set survey_completed_at = v_at, survey_progress = null, cart_limit = cart_limit + v_bonus
  where user_id = v.user_id returning * into v;
  perform insert_event('survey_completed', f, jsonb_build_object(
    'pmf', f -> 'pmf',
    'useful_feature', f -> 'usefulFeature',
    'feedback', left(f ->> 'feedback', 500),
    'carts_before_survey', v.carts_created,
    'days_since_registration', greatest(0, local_day(v_at, s ->> 'tz') - local_day(v.registered_at, s ->> 'tz'))));
  return jsonb_build_object('completed', true, 'needsCart', false, 'bonus', v_bonus, 'cartLimit', v.cart_limit);
end $function$
;

CREATE OR REPLACE FUNCTION public.archive_contents(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) || ':' || coalesce(sum(('x' || left(md5(concat_ws('|', id, coalesce(pseudonym::text, ''), event_type, metadata,
    at, coalesce(request_id, ''), coalesce(campaign, ''), synthetic)), 15))::bit(60)::bigint), 0)
  from archived_events(p_from, p_to)
$function$
;

CREATE OR REPLACE FUNCTION public.archived_events(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS TABLE(id uuid, pseudonym uuid, event_type text, metadata text, at text, request_id text, campaign text, synthetic boolean)
 LANGUAGE sql
 STABLE
AS $function$
  select e.id, a.pseudonym, e.event_type, archived_metadata(e.event_type, e.metadata)::text,
    to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00', e.request_id,
    (select c.slug from campaigns c where c.slug = e.campaign), coalesce(u.synthetic, false)
  from user_events e
  left join archive_pseudonyms a on a.user_id = e.user_id
  left join users u on u.user_id = e.user_id
  where e.created_at >= p_from and e.created_at < p_to
  order by e.created_at, e.id, a.pseudonym
$function$
;

CREATE OR REPLACE FUNCTION public.archived_metadata(p_type text, p_metadata jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(jsonb_object_agg(m.key, m.value), '{}')
    || case when p_type = 'bot_error' then jsonb_build_object('upstream', error_upstream(p_metadata)) else '{}' end
  from jsonb_each(p_metadata) m
  where m.key <> 'referrer_id'
    and (jsonb_typeof(m.value) in ('number', 'boolean', 'null') or m.key in ('source', 'scenario', 'pmf', 'useful_feature', 'error_type'))
$function$
;

CREATE OR REPLACE FUNCTION public.cart_outcome(v users, p_version jsonb, p_paid jsonb, p_repeat boolean)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_build_object('cartNumber', p_version -> 'cart_number', 'revision', p_version -> 'revision',
    'cartsCreated', v.carts_created, 'cartLimit', v.cart_limit, 'inviterPaid', p_paid, 'repeat', p_repeat)
$function$
;

CREATE OR REPLACE FUNCTION public.carts_since(p_users bigint[], p_days date[], p_tz text)
 RETURNS TABLE(user_id bigint, day date, cart_number integer, total_sum numeric, labelled boolean)
 LANGUAGE sql
 STABLE
AS $function$
  with versions as (
    select e.user_id, p.day as first_day, (e.metadata ->> 'cart_number')::integer as cart_number, e.created_at,
      (e.metadata ->> 'revision')::integer as revision, (e.metadata ->> 'total_sum')::numeric as total_sum,
      e.metadata ->> 'affiliate_tag' is not null as labelled,
      count(*) filter (where is_new_cart(e.event_type, e.metadata)) over (
        partition by e.user_id, e.metadata ->> 'cart_number' order by e.created_at, (e.metadata ->> 'revision')::integer) as cart
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
    where e.event_type = 'cart_created'
  )
  select v.user_id, local_day(min(v.created_at), p_tz), v.cart_number,
    (array_agg(v.total_sum order by v.created_at desc, v.revision desc))[1],
    (array_agg(v.labelled order by v.created_at desc, v.revision desc))[1]
  from versions v
  where v.cart > 0 -- 0: corrections of a cart that was made before
  group by v.user_id, v.cart_number, v.cart, v.first_day
  having local_day(min(v.created_at), p_tz) >= v.first_day
$function$
;

CREATE OR REPLACE FUNCTION public.clear_rollups(p_from date, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_since timestamptz := day_start(p_from, p_tz);
begin
  delete from dirty_days;
  delete from analytics.day_totals where not erased;
  delete from analytics.spans where not erased;
  delete from analytics.funnel_lags where not erased;
  delete from analytics.cohort_days where not erased;
  delete from analytics.cohort_money where not erased;
  delete from analytics.survey_totals where not erased;
  delete from analytics.campaign_totals where not erased;
  delete from analytics.churn_totals where not erased;
  delete from analytics.error_spans where not erased;
  delete from query_days;
  update queries set searches = 0;
  with cleared as (delete from user_days where day >= p_from returning user_id, day, messages, llm_calls, tokens, cost_rub)
  insert into user_usage (user_id, day, messages, llm_calls, tokens, cost_rub) select * from cleared
  where (messages, llm_calls, tokens, cost_rub) <> (0, 0, 0, 0);
  delete from user_starts where day >= p_from;
  update bot_blocks set day = null where day >= p_from;
  delete from user_chains where start_day >= p_from;
  delete from survey_answers where day >= p_from;
  delete from user_errors where day >= p_from;

  -- an older path keeps its steps before that day
  update user_chains set
    message_at = case when message_at < v_since then message_at end,
    search_at = case when search_at < v_since then search_at end,
    cart_at = case when cart_at < v_since then cart_at end,
    limit_at = case when limit_at < v_since then limit_at end,
    survey_at = case when survey_at < v_since then survey_at end
  where survey_at is null or survey_at >= v_since;
end $function$
;

CREATE OR REPLACE FUNCTION public.contribution_of(p_users bigint[], p_froms date[])
 RETURNS contribution
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  v contribution;
begin
  with given as materialized (
    select p.user_id, p.from_day, f.start_day, f.source, f.campaign
    from unnest(p_users, p_froms) as p (user_id, from_day) join user_firsts f on f.user_id = p.user_id
  ), days as (
    select d.*, p.source, p.start_day, p.campaign,
      case when d.events > 0 then coalesce(case when last.events > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.events > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_seen_day,
      case when d.sessions > 0 then coalesce(case when last.sessions > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.sessions > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_active_day,
      case when d.carts > 0 then coalesce(case when last.carts > 0 then last.day
        else (select b.day from user_days b where b.user_id = d.user_id and b.day < last.day and b.carts > 0
          order by b.day desc limit 1) end, '-infinity') end as previous_cart_day
    from given p
    join user_days d on d.user_id = p.user_id and d.day >= p.from_day
    left join lateral (
      select b.day, b.events, b.sessions, b.carts from user_days b
      where b.user_id = d.user_id and b.day < d.day order by b.day desc limit 1) last on true
  ), alike as materialized (
    select day, source, start_day, campaign, previous_seen_day, previous_active_day, previous_cart_day, count(*) as users,
      sum(sessions) as sessions, sum(carts) as carts, sum(priced_carts) as priced_carts, sum(labelled_carts) as labelled_carts,
      sum(gmv) as gmv, sum(first_carts) as first_carts, sum(searches) as searches, sum(errors) as errors, sum(messages) as messages,
      sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from days group by 1, 2, 3, 4, 5, 6, 7
  ), sums as (
    select day, source, start_day, campaign, 0 as starts, 0 as new_users,
      coalesce(sum(users) filter (where previous_active_day is not null), 0) as active,
      coalesce(sum(users) filter (where previous_active_day < greatest(start_day, date_trunc('week', day::timestamp)::date)), 0)
        as first_in_week,
      sum(sessions) as sessions, sum(carts) as carts, sum(priced_carts) as priced_carts, sum(labelled_carts) as labelled_carts,
      sum(gmv) as gmv, sum(first_carts) as first_carts,
      coalesce(sum(users) filter (where previous_cart_day is not null), 0) as buyers, sum(searches) as searches,
      sum(errors) as errors, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from alike
    group by day, source, start_day, campaign
    union all
    select start_day, source, start_day, campaign, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from given where start_day >= from_day
    group by start_day, source, campaign
    union all
    select s.day, null, null, s.slug, sum(s.starts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from unnest(p_users, p_froms) as p (user_id, from_day)
    join user_starts s on s.user_id = p.user_id and s.day >= p.from_day
    group by s.day, s.slug
  ), pairs as (
    select g.kind, g.source, d.day, e.since, sum(e.n * d.users) as n
    from alike d
    cross join lateral (values
      ('active', 'all', d.previous_active_day),
      ('seen', d.source, d.previous_seen_day),
      ('buyer', d.source, d.previous_cart_day)) as g (kind, source, previous_day)
    cross join lateral (values (d.day, 1), (g.previous_day, -1)) as e (since, n)
    where g.previous_day is not null and e.since > '-infinity'
    group by g.kind, g.source, d.day, e.since
  ), blocks as (
    select b.day, p.source, b.step, count(*) filter (where b.blocked), count(*) filter (where not b.blocked)
    from given p
    join bot_blocks b on b.user_id = p.user_id and b.day >= p.from_day
    group by b.day, p.source, b.step
  )
  select (select array_agg(row(s.*)::day_sums) from sums s), (select array_agg(row(t.*)::day_pair) from pairs t),
    (select array_agg(row(b.*)::day_blocks) from blocks b)
  into v.sums, v.pairs, v.blocks;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.count_campaign(p_slug text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[] := array(
    select user_id from user_firsts where campaign = p_slug union select user_id from user_starts where slug = p_slug);
begin
  perform add_campaign_totals((contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)]))).sums, false, p_slug);
end $function$
;

CREATE OR REPLACE FUNCTION public.count_cart(p_user bigint)
 RETURNS users
 LANGUAGE plpgsql
AS $function$
declare
  v users;
begin
  update users set carts_created = carts_created + 1 where user_id = p_user returning * into v;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.count_demo_history(p_tz text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[];
begin
  perform lock_rollups(p_tz);
  if not is_demo() then
    delete from user_usage g using users u where u.user_id = g.user_id and u.synthetic;
    return false;
  end if;
  update demo_history set counted = true;
  perform count_demo_ratings(1, p_tz);
  v_users := array(select user_id from users where synthetic order by user_id);
  insert into daily_stats as t (date, messages, llm_calls, tokens_used, tokens_cost_rub)
  select day, sum(messages), sum(llm_calls), sum(tokens), sum(cost_rub)
  from user_usage join users using (user_id) where synthetic
  group by day order by day
  on conflict (date) do update set messages = t.messages + excluded.messages, llm_calls = t.llm_calls + excluded.llm_calls,
    tokens_used = t.tokens_used + excluded.tokens_used, tokens_cost_rub = t.tokens_cost_rub + excluded.tokens_cost_rub;
  perform add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
  perform set_daily_stats(recount_from(v_users, first_whole_day(p_tz), p_tz));
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.count_demo_ratings(p_sign integer, p_tz text)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into rating_changes (rated_at, prompt_version, rating, reason, n)
  select day_start(local_day(r.rated_at, p_tz), p_tz), r.prompt_version, r.rating, r.reason, p_sign * count(*)
  from cart_ratings r join users u on u.user_id = r.user_id
  where u.synthetic
  group by local_day(r.rated_at, p_tz), r.prompt_version, r.rating, r.reason
$function$
;

CREATE OR REPLACE FUNCTION public.day_end(p_day date, p_tz text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when (m.at - interval '26 hours') at time zone p_tz = p_day + 1 - interval '26 hours'
      and (m.at + interval '26 hours') at time zone p_tz = p_day + 1 + interval '26 hours' then m.at
    else (select max(t) + interval '1 minute'
      from generate_series(m.at - interval '26 hours', m.at + interval '26 hours', interval '1 minute') t
      where local_day(t, p_tz) <= p_day)
  end
  from (select (p_day + 1)::timestamp at time zone p_tz as at) m
$function$
;

CREATE OR REPLACE FUNCTION public.day_start(p_day date, p_tz text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    -- the usual day: the clock runs straight around it
    when (m.at - interval '26 hours') at time zone p_tz = p_day - interval '26 hours'
      and (m.at + interval '26 hours') at time zone p_tz = p_day + interval '26 hours' then m.at
    else (select min(t) from generate_series(m.at - interval '26 hours', m.at + interval '26 hours', interval '1 minute') t
      where local_day(t, p_tz) >= p_day)
  end
  from (select p_day::timestamp at time zone p_tz as at) m
$function$
;

CREATE OR REPLACE FUNCTION public.days_of_carts(p_users bigint[], p_days date[], p_carts users_from, p_tz text)
 RETURNS date[]
 LANGUAGE sql
 STABLE
AS $function$
  with corrected as (
    select c.user_id, min(local_day(m.made_at, p_tz)) as day
    from users_since(p_carts.users, p_carts.days, p_tz) p
    join user_events c on c.user_id = p.user_id and c.created_at >= p.since
    cross join lateral (
      select max(m.created_at) as made_at from user_events m
      where m.user_id = c.user_id and m.event_type = 'cart_created' and m.created_at <= c.created_at
        and m.metadata ->> 'cart_number' = c.metadata ->> 'cart_number' and is_new_cart(m.event_type, m.metadata)) m
    where c.event_type = 'cart_created' and not is_new_cart(c.event_type, c.metadata)
      and local_day(m.made_at, p_tz) >= first_whole_day(p_tz)
    group by c.user_id
  )
  select array_agg(least(p.day, c.day) order by p.ordinality)
  from unnest(p_users, p_days) with ordinality as p (user_id, day, ordinality)
  left join corrected c on c.user_id = p.user_id
$function$
;

CREATE OR REPLACE FUNCTION public.defer_facts(INOUT p_facts jsonb, INOUT p_events jsonb, p_settings jsonb)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[] := array(select distinct user_id from deferred_facts where rejection is null);
begin
  if p_facts @> '[{"k": "erase"}]' and not try_lock_rollups() then
    v_users := v_users || array(
      select (value ->> 'u')::bigint from jsonb_array_elements(p_facts) where value ->> 'k' = 'erase');
  end if;
  if v_users = '{}' then return; end if;

  insert into deferred_facts (user_id, fact, is_event, settings)
  select (f.value ->> 'u')::bigint, f.value, f.is_event, p_settings
  from (
    select value, (value ->> 'o')::bigint as place, false as is_event from jsonb_array_elements(p_facts)
    union all
    select value, ordinality, true from jsonb_array_elements(p_events) with ordinality
  ) f
  where (f.value ->> 'u')::bigint = any (v_users)
  order by f.is_event, f.place;
  p_facts := coalesce((select jsonb_agg(value) from jsonb_array_elements(p_facts)
    where (value ->> 'u')::bigint <> all (v_users)), '[]');
  p_events := coalesce((select jsonb_agg(value) from jsonb_array_elements(p_events)
    where (value ->> 'u')::bigint <> all (v_users)), '[]');
end $function$
;

CREATE OR REPLACE FUNCTION public.delete_old_prompt_usage(p_first date)
 RETURNS void
 LANGUAGE sql
AS $function$
  delete from prompt_usage where day < p_first;
  delete from analytics.prompt_spans where since < p_first
$function$
;

CREATE OR REPLACE FUNCTION public.delete_old_slugs(p_first date)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_slugs text[] := array(
    select slug from user_starts s
    where not exists (select 1 from campaigns c where c.slug = s.slug) and s.slug not in ('habr', 'vc', 'telegram')
    group by slug having count(distinct user_id) < 3 and max(day) < p_first);
begin
  if v_slugs = '{}' then return; end if;
  update users u set campaign = null from user_starts s
  where s.slug = any (v_slugs) and u.user_id = s.user_id and u.campaign = s.slug;
  update user_firsts set campaign = null where campaign = any (v_slugs);
  delete from user_starts where slug = any (v_slugs);
end $function$
;

CREATE OR REPLACE FUNCTION public.delete_old_texts(p_tz text, p_before timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_kept timestamptz;
  v_first date;
begin
  perform lock_rollups(p_tz);
  select least(oldest_retained, date_trunc('month', p_before, 'UTC')) into v_kept from event_horizon;
  if not found then return; end if;
  v_first := local_day(v_kept - interval '1 microsecond', p_tz) + 1;
  update survey_answers set feedback = null where feedback is not null and answered_at < v_kept;
  perform delete_old_slugs(v_first);
  if exists (select 1 from query_days where day < v_first) then
    update user_days set queries = '{}' where day < v_first and queries <> '{}';
    update queries q set searches = q.searches - d.searches
    from (select query_id, sum(searches) as searches from query_days where day < v_first and not missed group by query_id) d
    where q.query_id = d.query_id;
    delete from queries where searches = 0;
    update query_days set sinces = sinces[width_bucket(v_first - 1, sinces) + 1 :], sums = sums[width_bucket(v_first - 1, sinces) + 1 :]
    where day >= v_first and sinces[1] < v_first;
    delete from query_days where day < v_first;
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.delete_user_rollups(p_users bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  delete from user_days where user_id = any (p_users);
  delete from user_usage where user_id = any (p_users);
  delete from user_starts where user_id = any (p_users);
  update bot_blocks set day = null where user_id = any (p_users) and day is not null;
  delete from user_chains where user_id = any (p_users);
  delete from user_firsts where user_id = any (p_users);
  delete from survey_answers where user_id = any (p_users);
  delete from user_errors where user_id = any (p_users);
end $function$
;

CREATE OR REPLACE FUNCTION public.drop_event_month(p_name text, p_tz text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_start timestamptz;
  v_end timestamptz;
  v_archived boolean;
begin
  perform lock_rollups(p_tz);
  -- a long reader must not make every writer queue behind this lock
  set local lock_timeout = '3s';
  select month_start, month_end into v_start, v_end from event_months_before('infinity') where name = p_name;
  if not found then return true; end if;
  v_archived := exists (select 1 from event_archive where month = (v_start at time zone 'UTC')::date);
  execute format('lock table %I in access exclusive mode', p_name);
  if exists (select 1 from dirty_days where day <= local_day(v_end, p_tz)) then return false; end if;

  execute format('drop table %I', p_name);
  insert into event_horizon as h (oldest_retained, oldest_kept) values (v_end, case when not v_archived then v_end end)
  on conflict (only_row) do update set oldest_retained = greatest(h.oldest_retained, excluded.oldest_retained),
    oldest_kept = greatest(h.oldest_kept, excluded.oldest_kept);
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.ensure_event_partitions(p_from timestamp with time zone, p_to timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE plpgsql
AS $function$
declare
  v_month timestamp := date_trunc('month', p_from at time zone 'UTC');
  v_name text;
begin
  while v_month <= p_to at time zone 'UTC' loop
    v_name := 'user_events_' || to_char(v_month, 'YYYY_MM');
    if to_regclass(v_name) is null
        and not exists (select 1 from event_horizon where oldest_retained > v_month at time zone 'UTC') then
      -- two bots may start concurrently
      perform pg_advisory_xact_lock(hashtext('ensure_event_partitions'));
      begin
        execute format('create table %I partition of user_events for values from (%L) to (%L)',
          v_name, v_month at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
        return next v_name;
      exception when duplicate_table then
        null; -- looking again would not help: what was looked up before the lock is remembered
      end;
    end if;
    v_month := v_month + interval '1 month';
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.erase_from_rollups(p_user bigint, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_day date;
  v_start_days date[];
  v_starters bigint[];
  v_contribution contribution;
begin
  perform lock_rollups(p_tz);
  select min(day) into v_day from unmark_users(array[p_user]) as day where day >= first_whole_day(p_tz);
  if v_day is not null then perform set_daily_stats(recount_users(array[p_user], array[v_day], p_tz)); end if;

  v_start_days := array(select start_day from user_chains where user_id = p_user);
  v_starters := array_fill(p_user, array[cardinality(v_start_days)]);
  v_contribution := contribution_of(array[p_user], array['-infinity'::date]);
  perform add_days(v_contribution, null, false);
  perform add_days(null, v_contribution, true);
  perform add_chains(-1, v_starters, v_start_days, false, p_tz);
  perform add_chains(1, v_starters, v_start_days, true, p_tz);
  perform add_answers(-1, array[p_user], false);
  perform add_answers(1, array[p_user], true);
  perform add_errors(-1, errors_of(array[p_user]), false);
  perform add_errors(1, errors_of(array[p_user]), true);

  perform add_prompts(prompt_pairs_of(array[p_user], array['-infinity'::date]), null);
  perform add_searches(searches_of(array[p_user], array['-infinity'::date]), null);
  perform delete_user_rollups(array[p_user]);
end $function$
;

CREATE OR REPLACE FUNCTION public.error_upstream(p_metadata jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(
    substring(p_metadata ->> 'error_message' from '^(telegram|gigachat|openai|shop|postgres|redis|loki|prometheus): '), 'bot')
$function$
;

CREATE OR REPLACE FUNCTION public.errors_of(p_users bigint[])
 RETURNS user_errors[]
 LANGUAGE sql
 STABLE
AS $function$
  select array_agg(e) from user_errors e where user_id = any (p_users)
$function$
;

CREATE OR REPLACE FUNCTION public.event_months_before(p_before timestamp with time zone)
 RETURNS TABLE(name text, month_start timestamp with time zone, month_end timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  select m.name, m.month at time zone 'UTC', (m.month + interval '1 month') at time zone 'UTC'
  from (
    select c.relname::text as name, to_timestamp(right(c.relname::text, 7), 'YYYY_MM')::date::timestamp as month
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'user_events'::regclass and c.relname ~ '^user_events_\d{4}_\d{2}$'
  ) m
  where (m.month + interval '1 month') at time zone 'UTC' <= p_before
  order by m.month
$function$
;

CREATE OR REPLACE FUNCTION public.facts_not_in_future(p_facts jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  -- building them anew takes four times as long as looking
  if not exists (select from jsonb_array_elements(p_facts) where (value ->> 'at')::timestamptz > not_in_future((value ->> 'at')::timestamptz))
  then return p_facts; end if;
  return (
    select jsonb_agg(
      case when at > not_in_future(at) then value || jsonb_build_object('at', not_in_future(at)) else value end order by ordinality)
    from jsonb_array_elements(p_facts) with ordinality
    cross join lateral (select (value ->> 'at')::timestamptz as at) x);
end $function$
;

CREATE OR REPLACE FUNCTION public.find_event(p_user bigint, p_id uuid, p_at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  v_metadata jsonb;
begin
  select metadata into v_metadata from user_events
  where user_id = p_user and id = p_id and created_at between p_at - repeat_window() and p_at + repeat_window();
  return v_metadata;
end $function$
;

CREATE OR REPLACE FUNCTION public.find_inviter(p_invitation jsonb, p_user bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  if p_invitation is null then return null; end if;
  return (
    select u.user_id from users u
    where u.user_id = coalesce(
        (select c.user_id from referral_codes c where c.code = p_invitation ->> 'code'),
        (p_invitation ->> 'userId')::bigint)
      and u.user_id <> p_user);
end $function$
;

CREATE OR REPLACE FUNCTION public.first_kept_day(p_tz text)
 RETURNS date
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce((select local_day(oldest_kept - interval '1 microsecond', p_tz) + 1 from event_horizon), '-infinity')
$function$
;

CREATE OR REPLACE FUNCTION public.first_start_day(u users, p_tz text)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when not u.started_before_erasure then local_day(u.started_at, p_tz) end
$function$
;

CREATE OR REPLACE FUNCTION public.first_whole_day(p_tz text)
 RETURNS date
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce((select local_day(oldest_retained - interval '1 microsecond', p_tz) + 1 from event_horizon), '-infinity')
$function$
;

CREATE OR REPLACE FUNCTION public.fold_prompts(p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_taken integer;
  v_changed prompt_usage[];
  v_users bigint[];
  v_froms date[];
  v_before analytics.prompt_spans[];
begin
  with taken as (
    delete from prompt_changes where ctid = any (array(select ctid from prompt_changes limit p_limit)) returning *
  ), changed as (
    select user_id, day, sum(messages)::integer, sum(turns)::integer, sum(sessions)::smallint, sum(carts)::smallint, sum(cost_rub),
      prompt_version
    from taken group by user_id, day, prompt_version order by user_id, day, prompt_version
  )
  select (select count(*) from taken), array_agg(row(c.*)::prompt_usage) into v_taken, v_changed from changed c;
  if v_taken = 0 then return 0; end if;

  select array_agg(user_id), array_agg(day) into v_users, v_froms
  from (select user_id, min(day) as day from unnest(v_changed) group by user_id) x;
  v_before := prompt_pairs_of(v_users, v_froms);
  insert into prompt_usage as t select (unnest(v_changed)).*
  on conflict (user_id, day, prompt_version) do update set
    sessions = t.sessions + excluded.sessions,
    messages = t.messages + excluded.messages,
    turns = t.turns + excluded.turns,
    cost_rub = t.cost_rub + excluded.cost_rub,
    carts = t.carts + excluded.carts;
  perform add_prompts(v_before, prompt_pairs_of(v_users, v_froms));
  return v_taken;
end $function$
;

CREATE OR REPLACE FUNCTION public.fold_ratings(p_tz text)
 RETURNS void
 LANGUAGE sql
AS $function$
  with taken as (delete from rating_changes returning *)
  insert into analytics.rating_totals as t (day, prompt_version, rating, reason, carts)
  select local_day(rated_at, p_tz), prompt_version, rating, reason, sum(n) from taken
  group by 1, 2, 3, 4
  having sum(n) <> 0
  order by 1, 2, 3, 4
  on conflict (day, prompt_version, rating, reason) do update set carts = t.carts + excluded.carts
$function$
;

CREATE OR REPLACE FUNCTION public.furthest_step(p_user bigint, p_at timestamp with time zone)
 RETURNS TABLE(step integer)
 LANGUAGE sql
 STABLE
AS $function$
  select greatest(
    (select max(step_of(event_type)) from user_events where user_id = p_user and created_at <= p_at),
    (select dropped_step from user_firsts where user_id = p_user),
    0)
$function$
;

CREATE OR REPLACE FUNCTION public.inbox_attempts()
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE
AS $function$ select 10::smallint $function$
;

CREATE OR REPLACE FUNCTION public.inbox_exchange(p_worker uuid, p_done_users bigint[], p_done_updates bigint[], p_users bigint[], p_updates bigint[], p_bodies bytea[], p_takes boolean[], p_fence bigint, p_in_order boolean)
 RETURNS TABLE(user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
 LANGUAGE plpgsql
AS $function$
declare
  v_stores boolean := cardinality(p_users) > 0;
  v_hands boolean;
  /* Whether something of these users waits already: of most there is nothing. */
  v_waits boolean;
  v_holders uuid[] := '{}';
  v_taken bigint[];
  v_settled bigint;
begin
  if v_stores then
    v_hands := not inbox_given_up(p_worker, p_fence);
    perform pg_advisory_xact_lock(hashtextextended('inbox', u.id)) from (select n as id from unnest(p_users) as n order by n) as u;
  else
    perform set_config('synchronous_commit', 'off', true);
  end if;
  if cardinality(p_done_users) > 0 then
    delete from inbox i using unnest(p_done_users, p_done_updates) as d (user_id, update_id)
    where i.user_id = d.user_id and i.update_id = d.update_id;
  end if;
  if not v_stores then return; end if;

  insert into inbox_seen (update_id, seen_at)
  select n, clock_timestamp() - case when p_in_order then inbox_longest_wait() else interval '0' end
  from unnest(p_updates) as n on conflict do nothing;
  v_settled := inbox_settled();
  v_waits := exists (select from inbox i where i.user_id = any (p_users));
  if v_waits then
    v_holders := array(select inbox_holder(u.id, p_worker) from unnest(p_users) with ordinality as u (id, n) order by u.n);
  end if;
  -- one whose lease is over would take on a user whom the next one takes over
  v_taken := array(
    select u.id from unnest(p_users, p_takes, v_holders) as u (id, takes, holder)
    where u.takes and u.holder is null
      and exists (select from inbox_workers w where w.worker = p_worker and w.alive_until >= clock_timestamp()));
  if v_waits then
    update inbox i set worker = p_worker, handed = false, shown_by = null
    where i.user_id = any (v_taken) and i.attempts < inbox_attempts();
  end if;
  return query
    with given as materialized (
      select u.user_id, u.update_id, u.body, case when u.user_id = any (v_taken) then p_worker else u.holder end as worker
      from unnest(p_users, p_updates, p_bodies, v_holders) as u (user_id, update_id, body, holder)
    ), stored as (
      insert into inbox as i (user_id, update_id, body, worker, handed, attempts)
      select g.user_id, g.update_id, g.body, g.worker, h.is_handed, h.is_handed::int
      from given g, lateral (select v_hands and g.update_id < v_settled and coalesce(g.worker = p_worker, false) as is_handed) h
      on conflict on constraint inbox_pkey do nothing
      returning i.user_id, i.update_id, i.worker, i.handed
    )
    select s.user_id, s.update_id, null::bytea, case when s.handed then 0::float8 end, null::bigint
    from stored s where s.worker = p_worker;
  -- with what others have stored for the same users before
  if v_waits and v_hands then return query select * from inbox_hand(p_worker, p_users, v_settled); end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.inbox_fence_lock(p_worker uuid)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$ select hashtextextended(p_worker::text, 0) $function$
;

CREATE OR REPLACE FUNCTION public.inbox_given_up(p_worker uuid, p_fence bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock_shared(inbox_fence_lock(p_worker));
  return exists (select from inbox_workers w where w.worker = p_worker and w.fence > p_fence);
end $function$
;

CREATE OR REPLACE FUNCTION public.inbox_hand(p_worker uuid, p_users bigint[], p_settled bigint)
 RETURNS TABLE(user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
 LANGUAGE plpgsql
AS $function$
begin
  return query
    update inbox i set handed = true, attempts = i.attempts + 1
    where (i.user_id, i.update_id) in (
      select o.user_id, o.update_id from inbox o
      where o.worker = p_worker and not o.handed and (p_users is null or o.user_id = any (p_users)) and o.update_id < p_settled
      for update skip locked)
    returning i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
      i.shown_message;
end $function$
;

CREATE OR REPLACE FUNCTION public.inbox_holder(p_user bigint, p_asking uuid)
 RETURNS uuid
 LANGUAGE sql
 STABLE
AS $function$
  select i.worker from inbox i left join inbox_workers w on w.worker = i.worker
  where i.user_id = p_user and (w.alive_until >= clock_timestamp() or i.worker = p_asking)
  order by i.worker = p_asking limit 1
$function$
;

CREATE OR REPLACE FUNCTION public.inbox_leave(p_worker uuid)
 RETURNS void
 LANGUAGE sql
AS $function$ delete from inbox_workers where worker = p_worker $function$
;

CREATE OR REPLACE FUNCTION public.inbox_longest_wait()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
AS $function$ select interval '2 s' $function$
;

CREATE OR REPLACE FUNCTION public.inbox_release(p_worker uuid, p_users bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint;
begin
  for v_user in select n from unnest(p_users) as n order by n loop
    perform pg_advisory_xact_lock(hashtextextended('inbox', v_user));
    update inbox i set worker = null, handed = false, attempts = greatest(0, i.attempts - i.handed::int)
    where i.user_id = v_user and i.worker = p_worker;
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.inbox_settled()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_before bigint;
  v_count bigint;
  v_last bigint;
begin
  select b.id, count(s.update_id), coalesce(max(s.update_id), b.id) into v_before, v_count, v_last
  from (
    select coalesce(
      (select max(s.update_id) from inbox_seen s where s.seen_at <= clock_timestamp() - inbox_longest_wait()),
      (select min(s.update_id) - 1 from inbox_seen s)
    ) as id
  ) b left join inbox_seen s on s.update_id > b.id group by b.id;
  -- a database that crashed has lost the ids
  if v_before is null then return 9223372036854775807; end if;
  if v_last - v_before = v_count then return v_last + 1; end if;
  return v_before + 1 + (
    select count(*) from (
      select s.update_id - v_before as distance, row_number() over (order by s.update_id) as n
      from inbox_seen s where s.update_id > v_before
    ) as since
    where distance = n
  );
end $function$
;

CREATE OR REPLACE FUNCTION public.inbox_show(p_worker uuid, p_user bigint, p_update bigint, p_message bigint)
 RETURNS boolean
 LANGUAGE sql
AS $function$
  with shown as (
    update inbox i set shown_message = p_message
    where i.user_id = p_user and i.update_id = p_update and (not i.handed or i.worker = p_worker)
    returning 1
  )
  select exists (select from shown)
$function$
;

CREATE OR REPLACE FUNCTION public.inbox_show_waiting(p_worker uuid, p_shown bigint[])
 RETURNS TABLE(user_id bigint, update_id bigint, ahead bigint, is_shown_here boolean, body bytea, shown_message bigint)
 LANGUAGE sql
AS $function$
  with waiting as (
    select i.user_id, min(i.update_id) as update_id, row_number() over (order by min(i.received_at), i.user_id) - 1 as ahead
    from inbox i left join inbox_workers w on w.worker = i.worker
    where i.attempts < inbox_attempts() and (w.alive_until is null or w.alive_until < clock_timestamp())
    group by i.user_id
  ), shown as (
    update inbox i set shown_by = p_worker from waiting g
    where i.user_id = g.user_id and i.update_id = g.update_id and i.shown_by is distinct from p_worker
      and not exists (
        select from inbox_workers w where w.worker in (i.worker, i.shown_by) and w.alive_until >= clock_timestamp())
    returning i.user_id
  )
  select g.user_id, g.update_id, g.ahead, h.is_here, case when h.is_new then i.body end, case when h.is_new then i.shown_message end
  from waiting g join inbox i on i.user_id = g.user_id and i.update_id = g.update_id
    cross join lateral (select i.shown_by is not distinct from p_worker or g.user_id in (select s.user_id from shown s) as is_here) m
    cross join lateral (select m.is_here, m.is_here and g.user_id <> all (p_shown) as is_new) h
$function$
;

CREATE OR REPLACE FUNCTION public.inbox_state(p_worker uuid)
 RETURNS TABLE(waiting bigint, in_flight bigint, quarantined bigint, oldest_seconds double precision, others bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) filter (where i.attempts < inbox_attempts() and not (i.handed and w.is_alive)),
    count(*) filter (where i.handed and w.is_alive),
    count(*) filter (where i.attempts >= inbox_attempts() and not (i.handed and w.is_alive)),
    coalesce(extract(epoch from clock_timestamp() - min(i.received_at) filter (where i.attempts < inbox_attempts())), 0)::float8,
    (select count(*) from inbox_workers o where o.worker <> p_worker and o.alive_until >= clock_timestamp())
  from inbox i left join lateral (
    select exists (select from inbox_workers l where l.worker = i.worker and l.alive_until >= clock_timestamp()) as is_alive
  ) w on true
$function$
;

CREATE OR REPLACE FUNCTION public.inbox_take(p_worker uuid, p_lease_ms integer, p_users integer, p_fence bigint)
 RETURNS TABLE(user_id bigint, update_id bigint, body bytea, waited_ms double precision, shown_message bigint)
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint;
  v_settled bigint;
  v_again boolean := not exists (select from inbox_workers w where w.worker = p_worker and w.fence >= p_fence);
begin
  if v_again then
    perform pg_advisory_xact_lock(inbox_fence_lock(p_worker));
  end if;
  if inbox_given_up(p_worker, p_fence) then return; end if;
  insert into inbox_workers as w (worker, alive_until, fence)
  values (p_worker, clock_timestamp() + p_lease_ms * interval '1 ms', p_fence)
  on conflict (worker) do update set alive_until = excluded.alive_until, fence = excluded.fence;
  delete from inbox_workers w where w.alive_until < clock_timestamp() - interval '1 day';
  -- Telegram numbers from anywhere after a quiet week
  delete from inbox_seen s
  where s.update_id < (select max(o.update_id) from inbox_seen o where o.seen_at < clock_timestamp() - interval '10 s')
    or s.seen_at < clock_timestamp() - interval '1 day';
  for v_user in
    select i.user_id from inbox i left join inbox_workers w on w.worker = i.worker
    where i.attempts < inbox_attempts() and i.worker is distinct from p_worker
      and (w.alive_until is null or w.alive_until < clock_timestamp())
    group by i.user_id order by min(i.received_at) limit p_users
  loop
    -- the one with the lock decides; it must be had before it is read who works for the user
    continue when not pg_try_advisory_xact_lock(hashtextextended('inbox', v_user));
    continue when inbox_holder(v_user, p_worker) <> p_worker;
    update inbox i set worker = p_worker, handed = false, shown_by = null
    where i.user_id = v_user and i.worker is distinct from p_worker and i.attempts < inbox_attempts();
  end loop;
  v_settled := inbox_settled();
  if v_again then
    return query
      select i.user_id, i.update_id, i.body, extract(epoch from clock_timestamp() - i.received_at)::float8 * 1000,
        i.shown_message
      from inbox i where i.worker = p_worker and i.handed;
  end if;
  return query select * from inbox_hand(p_worker, null, v_settled);
end $function$
;

CREATE OR REPLACE FUNCTION public.insert_event(p_type text, f jsonb, p_metadata jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id, campaign)
  values ((f ->> 'id')::uuid, (f ->> 'u')::bigint, p_type, p_metadata, (f ->> 'at')::timestamptz, f ->> 'r', f ->> 'campaign');
end $function$
;

CREATE OR REPLACE FUNCTION public.insert_events(p_events jsonb, p_tz text)
 RETURNS SETOF integer
 LANGUAGE plpgsql
AS $function$
begin
  if not p_events @> '[{"again": true}]' then
    begin
      insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
      select id, u, t, m, not_in_future(at), r
      from jsonb_to_recordset(p_events) as f (id uuid, u bigint, t text, m jsonb, at timestamptz, r text);
      insert into dirty_days (day, users)
      select local_day(not_in_future(at), p_tz), array_agg(distinct u)
      from jsonb_to_recordset(p_events) as f (u bigint, at timestamptz) group by 1;
      return;
    exception when unique_violation then
      null; -- rare: asking each event whether it is a repeat takes half as long again as storing it
    end;
  end if;

  insert into dirty_days (day, users)
  select local_day(not_in_future(at), p_tz), array_agg(distinct u)
  from jsonb_to_recordset(p_events) as f (u bigint, at timestamptz) group by 1;

  return query
  with given as materialized (
    select o, id, u, t, m, not_in_future(at) as at, r, again
    from jsonb_to_recordset(p_events)
      as f (o int, id uuid, u bigint, t text, m jsonb, at timestamptz, r text, again boolean)
  ), stored as (
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    select f.id, f.u, f.t, f.m, f.at, f.r
    from given f
    where f.again is not true or not exists (
      select 1 from user_events e
      where e.user_id = f.u and e.id = f.id and e.created_at between f.at - repeat_window() and f.at + repeat_window())
    on conflict do nothing
    returning user_id, id, created_at
  )
  select o from given
  except
  select min(g.o) from given g join stored s on s.user_id = g.u and s.id = g.id and s.created_at = g.at group by g.u, g.id, g.at;
end $function$
;

CREATE OR REPLACE FUNCTION public.is_demo()
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (select 1 from demo_history where sandbox)
    or not exists (select 1 from users where not synthetic) and not exists (select 1 from erased_users)
$function$
;

CREATE OR REPLACE FUNCTION public.is_new_cart(p_type text, p_metadata jsonb)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select p_type = 'cart_created' and coalesce(p_metadata ->> 'revision', '0') = '0'
$function$
;

CREATE OR REPLACE FUNCTION public.keep_steps(p_from timestamp with time zone, p_to timestamp with time zone, p_tz text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_events bigint;
begin
  perform lock_rollups(p_tz);
  with steps as materialized (
    select user_id, coalesce(max(step_of(event_type)), 0) as step, count(*) as events
    from user_events where created_at >= p_from and created_at < p_to group by user_id
  ), kept as (
    update user_firsts f set dropped_step = s.step from steps s where f.user_id = s.user_id and f.dropped_step < s.step
  )
  select coalesce(sum(events), 0) into v_events from steps;
  return v_events;
end $function$
;

CREATE OR REPLACE FUNCTION public.last_cart_lifetime()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select interval '24 hours' $function$
;

CREATE OR REPLACE FUNCTION public.latest_ids(p_ids uuid[], p_id uuid)
 RETURNS uuid[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select trim_array(array[p_id] || p_ids, greatest(0, cardinality(p_ids) - 19))
$function$
;

CREATE OR REPLACE FUNCTION public.local_day(p_at timestamp with time zone, p_tz text)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select (p_at at time zone p_tz)::date $function$
;

CREATE OR REPLACE FUNCTION public.lock_rollups(p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform take_rollups_lock();
  insert into rollup_state (time_zone) values (p_tz) on conflict do nothing;
  perform refuse_other_time_zone(p_tz);
end $function$
;

CREATE OR REPLACE FUNCTION public.lock_user(p_user bigint, p_at timestamp with time zone, p_hash bytea, p_cart_limit integer)
 RETURNS users
 LANGUAGE plpgsql
AS $function$
declare
  v users;
begin
  select * into v from users where user_id = p_user for update;
  if found then return v; end if;
  insert into users (user_id, registered_at, cart_limit) values (p_user, p_at, p_cart_limit) on conflict do nothing;
  if found then perform restore_allowance(p_user, p_hash); end if;
  select * into v from users where user_id = p_user for update;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.look_at_events(p_users bigint[], p_days date[], p_tz text)
 RETURNS event_kinds
 LANGUAGE plpgsql
AS $function$
declare
  v event_kinds;
begin
  with days as materialized (
    -- until: before it the day is that one, without asking the time zone for each event
    select d.day, case when day_end(d.day - 1, p_tz) <= day_start(d.day, p_tz) then day_start(d.day + 1, p_tz) end as until
    from (select distinct unnest(p_days) as day) d
  ), events as materialized (
    select p.user_id, p.day as from_day, case when e.created_at < d.until then p.day else local_day(e.created_at, p_tz) end as day,
      e.event_type, e.campaign is not null as with_slug,
      case when e.event_type = 'product_search' then e.metadata ->> 'query' end as text,
      case when e.event_type = 'product_search' then case when (e.metadata ->> 'had_results')::boolean then 1 else -1 end end as sign
    from users_since(p_users, p_days, p_tz) p
    join days d on d.day = p.day
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
  ), asked as materialized (
    select x.text, lower(x.text) as query, q.query_id
    from (select distinct text from events where text is not null and day >= from_day) x left join queries q on q.query = lower(x.text)
  ), numbered as (
    insert into queries (query) select distinct query from asked where query_id is null order by query
    returning query, query_id
  ), counted as materialized (
    select user_id, any_value(from_day) as from_day, day, count(*)::integer as events,
      (count(*) filter (where event_type = 'session_start'))::integer as sessions,
      count(sign)::integer as searches,
      (count(*) filter (where event_type = 'bot_error'))::integer as errors,
      array_agg(query_id order by query_id) filter (where query_id is not null) as queries,
      bool_or(with_slug) as with_slug, bool_or(event_type = 'cart_created') as with_cart,
      bool_or(event_type = 'survey_completed') as with_answer
    from (
      select e.*, e.sign * q.query_id as query_id
      from events e
      left join (select a.text, coalesce(a.query_id, n.query_id) as query_id from asked a left join numbered n on n.query = a.query) q
        on q.text = e.text
      where e.day >= e.from_day -- not above: the day would be computed twice
      offset 0 -- computed before the sort, which then sorts the queries of a day, too
    ) e
    group by user_id, day
  )
  select
    row(array_agg(user_id) filter (where with_slug), array_agg(from_day) filter (where with_slug))::users_from,
    row(array_agg(user_id) filter (where with_cart), array_agg(from_day) filter (where with_cart))::users_from,
    row(array_agg(user_id) filter (where with_answer), array_agg(from_day) filter (where with_answer))::users_from,
    row(array_agg(user_id) filter (where with_error), array_agg(from_day) filter (where with_error))::users_from,
    array_agg(user_id) filter (where with_step),
    (select array_agg(row(c.user_id, c.day, c.events, c.sessions, c.searches, c.errors, c.queries)::day_events) from counted c)
  into v.slugs, v.carts, v.answers, v.errors, v.steps, v.days
  from (
    select user_id, any_value(from_day) as from_day, bool_or(with_slug) as with_slug, bool_or(with_cart) as with_cart, bool_or(with_answer) as with_answer,
      bool_or(errors > 0) as with_error, bool_or(events > sessions + searches + errors) as with_step
    from counted group by user_id
  ) x;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.mark_days(p_facts jsonb, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into dirty_days (day, users)
  select local_day(at, p_tz), array_agg(distinct u)
  from jsonb_to_recordset(p_facts) as x (k text, u bigint, at timestamptz)
  where k in ('message', 'start', 'cart', 'survey', 'usage')
  group by 1;
end $function$
;

CREATE OR REPLACE FUNCTION public.next_version(p_user bigint, p_at timestamp with time zone)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_number integer;
begin
  select (metadata ->> 'cart_number')::integer into v_number from user_events
  where user_id = p_user and event_type = 'cart_created' and created_at >= p_at - revision_window() and created_at <= p_at
  order by created_at desc, (metadata ->> 'cart_number')::integer desc limit 1;
  if v_number is null then return null; end if;

  return (
    select jsonb_build_object('cart_number', v_number, 'revision', coalesce(max((metadata ->> 'revision')::integer), 0) + 1)
    from user_events
    where user_id = p_user and event_type = 'cart_created' and (metadata ->> 'cart_number')::integer = v_number);
end $function$
;

CREATE OR REPLACE FUNCTION public.not_in_future(p_at timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select case when p_at > now() + interval '5 minutes' then now() else p_at end
$function$
;

CREATE OR REPLACE FUNCTION public.pay_inviter(v users, p_at timestamp with time zone, p_bonus integer)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_left integer;
begin
  if v.invited_by is null or v.inviter_paid_at is not null then return null; end if;
  update users set inviter_paid_at = p_at where user_id = v.user_id;
  update users set cart_limit = cart_limit + p_bonus where user_id = v.invited_by
  returning greatest(0, cart_limit - carts_created) into v_left;
  if not found then return null; end if; -- the inviter was erased
  return jsonb_build_object('userId', v.invited_by, 'bonus', p_bonus, 'cartsLeft', v_left);
end $function$
;

CREATE OR REPLACE FUNCTION public.prompt_pairs_of(p_users bigint[], p_froms date[])
 RETURNS analytics.prompt_spans[]
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return (
    with pairs as (
      select l.prompt_version, e.day as since, l.day as until, e.day = l.day as same,
        row_number() over (partition by l.user_id, l.prompt_version, l.day order by e.day desc) as place, -- the day itself, the one before
        case when e.day = l.day then 1 else 2 end as times, l.sessions::bigint as s, e.sessions::bigint as s0,
        l.messages::bigint as m, e.messages::bigint as m0, l.turns::bigint as t, e.turns::bigint as t0, l.carts::bigint as k,
        e.carts::bigint as k0, l.cost_rub as c, e.cost_rub as c0
      from unnest(p_users, p_froms) as p (user_id, from_day)
      join prompt_usage l on l.user_id = p.user_id and l.day >= p.from_day
      join prompt_usage e on e.user_id = l.user_id and e.prompt_version = l.prompt_version and e.day <= l.day
      where not exists (select 1 from uncounted_users u where u.user_id = p.user_id)
    )
    select array_agg(row(x.*)::analytics.prompt_spans)
    from (
      select prompt_version, since, until, sum(case place when 1 then 1 when 2 then -1 else 0 end),
        coalesce(sum(s) filter (where same), 0), coalesce(sum(m) filter (where same), 0), coalesce(sum(t) filter (where same), 0),
        coalesce(sum(k) filter (where same), 0),
        sum(times * s * s0), sum(times * k * k0), sum(case when same then k * s else k * s0 + k0 * s end), sum(times * m * m0), sum(times * t * t0),
        sum(case when same then t * m else t * m0 + t0 * m end),
        coalesce(sum(c) filter (where same), 0), sum(times * c * c0), sum(case when same then c * k else c * k0 + c0 * k end)
      from pairs
      group by prompt_version, since, until
    ) x
  );
end $function$
;

CREATE OR REPLACE FUNCTION public.public_metadata(p_metadata jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select p_metadata - array['referrer_id', 'feedback', 'query', 'affiliate_tag']
$function$
;

CREATE OR REPLACE FUNCTION public.queue_refusals_state()
 RETURNS TABLE(refused bigint, wanted bigint, reminded bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) filter (where q.refused_at >= clock_timestamp() - interval '24 hours'),
    count(*) filter (where q.wanted_at is not null),
    count(*) filter (where q.reminded_at >= clock_timestamp() - interval '24 hours')
  from queue_refusals q
$function$
;

CREATE OR REPLACE FUNCTION public.queue_refuse(p_user bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into queue_refusals (user_id) values (p_user)
  on conflict (user_id) do update set refused_at = clock_timestamp()
$function$
;

CREATE OR REPLACE FUNCTION public.queue_reminded(p_user bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
  update queue_refusals set wanted_at = null, reminded_at = clock_timestamp() where user_id = p_user
$function$
;

CREATE OR REPLACE FUNCTION public.queue_take_reminders(p_places integer, p_most integer, p_kept_ms integer, p_pause_ms integer)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_expected bigint;
begin
  delete from queue_refusals where wanted_at is null and refused_at < clock_timestamp() - interval '30 days';
  if not exists (select 1 from queue_refusals where wanted_at is not null) then return; end if;
  if not pg_try_advisory_xact_lock(hashtextextended('queue reminders', 0)) then return; end if;
  if exists (select 1 from queue_refusals where claimed_at > clock_timestamp() - p_pause_ms * interval '1 ms') then return; end if;
  update queue_refusals q set wanted_at = null from users u
  where q.wanted_at is not null and u.user_id = q.user_id and u.last_message_at > q.refused_at;
  update queue_refusals q set wanted_at = null where q.wanted_at < clock_timestamp() - interval '12 hours';
  select count(*) into v_expected from queue_refusals q
  where q.claimed_at > clock_timestamp() - p_kept_ms * interval '1 ms'
    and not exists (select 1 from users u where u.user_id = q.user_id and u.last_message_at > q.claimed_at);
  return query
    update queue_refusals q set claimed_at = clock_timestamp()
    where q.user_id in (
      select w.user_id from queue_refusals w
      where w.wanted_at is not null and (w.claimed_at is null or w.claimed_at < clock_timestamp() - interval '15 minutes')
      order by w.wanted_at, w.user_id limit greatest(0, least(p_most, p_places - v_expected)))
    returning q.user_id;
end $function$
;

CREATE OR REPLACE FUNCTION public.queue_want_reminder(p_user bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into queue_refusals as q (user_id, wanted_at) values (p_user, clock_timestamp())
  on conflict (user_id) do update set wanted_at = coalesce(q.wanted_at, clock_timestamp()), refused_at = clock_timestamp(),
    claimed_at = case when q.wanted_at is null then null else q.claimed_at end
$function$
;

CREATE OR REPLACE FUNCTION public.rate_cart(p_user bigint, p_cart_number integer, p_request text, p_rating text, p_reason text, p_prompt_version text, p_at timestamp with time zone, OUT known boolean, OUT changed boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  v_revision integer;
  v_before cart_ratings;
begin
  changed := false;
  select (metadata ->> 'revision')::integer into v_revision
  from user_events
  where user_id = p_user and event_type = 'cart_created' and request_id = p_request
    and (metadata ->> 'cart_number')::integer = p_cart_number
  order by created_at desc limit 1;
  known := found;
  if not known then return; end if;

  insert into cart_ratings (user_id, cart_number, revision, rating, reason, prompt_version, request_id, rated_at)
  values (p_user, p_cart_number, v_revision, p_rating, p_reason, p_prompt_version, p_request, p_at)
  on conflict do nothing;
  changed := found;
  if not changed then
    select * into v_before from cart_ratings where user_id = p_user and cart_number = p_cart_number for update;
    update cart_ratings r set revision = v_revision, rating = p_rating, reason = p_reason, prompt_version = p_prompt_version,
      request_id = p_request, rated_at = p_at
    where r.user_id = p_user and r.cart_number = p_cart_number
      and ((r.rating, r.request_id) is distinct from (p_rating, p_request)
        or p_reason is not null and r.reason is distinct from p_reason);
    changed := found;
  end if;
  if changed then
    insert into rating_changes (rated_at, prompt_version, rating, reason, n)
    select c.* from (values (v_before.rated_at, v_before.prompt_version, v_before.rating, v_before.reason, -1),
      (p_at, p_prompt_version, p_rating, p_reason, 1)) as c (rated_at, prompt_version, rating, reason, n)
    where c.rated_at is not null and not exists (select 1 from uncounted_users u where u.user_id = p_user);
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.rebuild_all(p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_from date;
  v_users bigint[];
  v_starts date[];
begin
  perform take_rollups_lock();
  delete from rollup_state;
  perform lock_rollups(p_tz);
  v_from := first_whole_day(p_tz);
  if not is_demo() then perform uncount_demo_history(p_tz, null); end if;
  perform clear_rollups(v_from, p_tz);
  perform recount_ratings(p_tz);
  perform recount_prompts();

  -- what is left is added first, so that counting again finds it in the totals
  select array_agg(user_id), array_agg(start_day) into v_users, v_starts from user_chains;
  if v_users is not null then perform add_chains(1, v_users, v_starts, false, p_tz); end if;
  perform add_answers(1, array(select user_id from survey_answers), false);
  perform add_errors(1, array(select e from user_errors e), false);
  select array_agg(user_id) into v_users from (
    select user_id from user_events union select user_id from user_usage union select user_id from users
    union select user_id from user_firsts
  ) x
  where user_id not in (select user_id from uncounted_users);
  if v_users is not null then
    perform add_searches(null, searches_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
    perform add_days(null, contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), false);
    perform recount_from(v_users, v_from, p_tz);
    delete from queries where searches = 0;
  end if;
  -- last: the writer waits for a day's row until this transaction ends
  perform set_daily_stats(array(select date from daily_stats union select day from analytics.day_totals));
end $function$
;

CREATE OR REPLACE FUNCTION public.rebuild_day(p_day date, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[];
  v_changed date[];
begin
  perform lock_rollups(p_tz);
  if p_day >= first_whole_day(p_tz) then
    select array_agg(user_id) into v_users from (
      select user_id from user_events
      where created_at >= day_start(p_day, p_tz) and created_at < day_end(p_day, p_tz)
      union select user_id from user_days where day = p_day
      union select user_id from user_usage where day = p_day
      union select user_id from users
      where started_at >= day_start(p_day, p_tz) and started_at < day_end(p_day, p_tz)
    ) x
    where user_id not in (select user_id from uncounted_users);
    v_changed := recount_from(v_users, p_day, p_tz);
  end if;
  perform set_daily_stats(array[p_day] || v_changed);
end $function$
;

CREATE OR REPLACE FUNCTION public.record_events(p_batch uuid, p_ids text[], p_users bigint[], p_types text[], p_metadata jsonb[], p_times timestamp with time zone[], p_requests text[], p_tz text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from deferred_facts where rejection is null) then return false; end if;
  insert into applied_batches (batch_id) values (p_batch);
  insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
  select id::uuid, u, t, m, not_in_future(at), r
  from unnest(p_ids, p_users, p_types, p_metadata, p_times, p_requests) as f (id, u, t, m, at, r);
  insert into dirty_days (day, users)
  select local_day(not_in_future(at), p_tz), array_agg(distinct u) from unnest(p_users, p_times) as f (u, at) group by 1;
  return true;
exception when unique_violation then return false;
end $function$
;

CREATE OR REPLACE FUNCTION public.record_facts(p_batch uuid, p_facts jsonb, p_events jsonb, p_settings jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_tz text := p_settings ->> 'tz';
  f jsonb;
  v_outcome jsonb;
  v_added jsonb;
  v_given jsonb := p_events;
  -- arrays: appending to jsonb copies the whole of it
  v_outcomes jsonb[] := '{}';
  v_usage jsonb[] := '{}';
begin
  insert into applied_batches (batch_id) values (p_batch) on conflict do nothing;
  if not found then return null; end if;
  p_facts := facts_not_in_future(p_facts);
  select d.p_facts, d.p_events into p_facts, p_events from defer_facts(p_facts, p_events, p_settings) d;

  -- rows are locked in the order of user ids, so that two batches seldom deadlock
  for f in
    select value from jsonb_array_elements(p_facts) order by (value ->> 'u')::bigint, (value ->> 'o')::int
  loop
    v_outcome := apply_fact(f, p_settings);
    if v_outcome is not null then
      v_outcomes := array_append(v_outcomes, jsonb_build_object('o', f -> 'o', 'outcome', v_outcome));
    end if;
    v_added := usage_of(f, v_outcome, v_tz);
    if v_added is not null then v_usage := array_append(v_usage, v_added); end if;
  end loop;

  if p_facts <> '[]' then perform mark_days(p_facts, v_tz); end if;
  if p_events <> '[]' then
    v_outcomes := v_outcomes || array(
      select jsonb_build_object('o', repeated, 'outcome', jsonb_build_object('stored', false))
      from insert_events(p_events, v_tz) as repeated);
  end if;
  if jsonb_array_length(p_events) < jsonb_array_length(v_given) then
    v_outcomes := v_outcomes || array(
      select jsonb_build_object('o', value -> 'o', 'outcome', jsonb_build_object('stored', false))
      from jsonb_array_elements(v_given)
      where value -> 'o' not in (select value -> 'o' from jsonb_array_elements(p_events)));
  end if;
  -- last: every batch of the day waits for the day's row
  if v_usage <> '{}' then perform add_usage(to_jsonb(v_usage)); end if;
  return to_jsonb(v_outcomes);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_answers(p_users bigint[], p_days date[], p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_answers survey_answers[];
  v_users bigint[];
begin
  with answers as (
    select distinct on (e.user_id) e.user_id, e.created_at as answered_at, local_day(e.created_at, p_tz) as day,
      e.metadata ->> 'pmf' as pmf, e.metadata ->> 'useful_feature' as useful_feature,
      (e.metadata ->> 'carts_before_survey')::integer as carts, e.metadata ->> 'feedback' as feedback
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
    where e.event_type = 'survey_completed' and (e.metadata ->> 'carts_before_survey')::integer > 0
    order by e.user_id, e.created_at, e.id
  ), found as (
    select a.user_id, a.answered_at, a.day, a.pmf, a.useful_feature,
      a.carts >= 2 and exists (select 1 from user_days d
        where d.user_id = a.user_id and d.sessions > 0 and d.day > a.day - 30 and d.day <= a.day) as in_pmf,
      a.feedback
    from answers a
  )
  select array_agg(row(f.*)::survey_answers), array_agg(f.user_id) into v_answers, v_users
  from found f
  left join survey_answers s on s.user_id = f.user_id
  where s.user_id is null or f.answered_at < s.answered_at
    or f.answered_at = s.answered_at and row(f.*)::survey_answers is distinct from s;
  if v_users is null then return; end if;

  perform add_answers(-1, v_users, false);
  insert into survey_answers select (unnest(v_answers)).*
  on conflict (user_id) do update set answered_at = excluded.answered_at, day = excluded.day, pmf = excluded.pmf,
    useful_feature = excluded.useful_feature, in_pmf = excluded.in_pmf, feedback = excluded.feedback;
  perform add_answers(1, v_users, false);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_bot_blocks(p_users bigint[], p_days date[], p_tz text)
 RETURNS void
 LANGUAGE sql
AS $function$
  update bot_blocks b set day = c.day, step = s.step
  from unnest(p_users, p_days) as p (user_id, day)
  join lateral (
    select x.id, x.at, local_day(x.at, p_tz) as at_day,
      case when x.blocked <> lag(x.blocked, 1, false) over (order by x.at, x.position) then local_day(x.at, p_tz) end as day
    from bot_blocks x where x.user_id = p.user_id
  ) c on c.at_day >= p.day
  cross join lateral furthest_step(p.user_id, c.at) s
  where b.user_id = p.user_id and b.id = c.id and (b.day, b.step) is distinct from (c.day, s.step)
$function$
;

CREATE OR REPLACE FUNCTION public.recount_chains(p_users bigint[], p_days date[], p_steps bigint[], p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_changed user_chains[];
  v_users bigint[];
  v_start_days date[];
begin
  with given as materialized (
    select p.user_id, p.day, p.since, f.source
    from users_since(p_users, p_days, p_tz) p
    left join unnest(p_steps) as s (user_id) on s.user_id = p.user_id
    join user_firsts f on f.user_id = p.user_id
    where s.user_id is not null or exists (select 1 from user_chains c
      where c.user_id = p.user_id and c.start_day < p.day
        and (coalesce(c.search_at, 'infinity') >= p.since or coalesce(c.message_at, 'infinity') >= p.since
          or c.source <> (select x.source from user_firsts x where x.user_id = c.user_id)))
  ), events as materialized (
    select p.user_id,
      array_agg(e.created_at) filter (where e.event_type = 'bot_start') as starts,
      array_agg(e.created_at) filter (where e.event_type = 'session_start') as messages,
      array_agg(e.created_at) filter (where e.event_type = 'product_search') as searches,
      array_agg(e.created_at) filter (where is_new_cart(e.event_type, e.metadata)) as carts,
      array_agg(e.created_at) filter (where e.event_type = 'cart_limit_reached') as limits,
      array_agg(e.created_at) filter (where e.event_type = 'survey_completed') as surveys
    from given p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
    where e.event_type <> 'bot_error'
    group by p.user_id
  ), starts as (
    select p.user_id, s.day as start_day,
      coalesce(lag(s.day) over (partition by p.user_id order by s.day),
        (select max(c.start_day) from user_chains c where c.user_id = p.user_id and c.start_day < p.day),
        '-infinity') as previous_start_day,
      p.source, s.at as started_at, p.since
    from given p
    join events e on e.user_id = p.user_id and e.starts is not null
    cross join lateral (select local_day(t, p_tz) as day, min(t) as at from unnest(e.starts) as t
      where local_day(t, p_tz) >= p.day group by 1) s
  ), chains as (
    select user_id, start_day, previous_start_day, source, started_at, since, null::timestamptz as message_at,
      null::timestamptz as search_at, null::timestamptz as cart_at, null::timestamptz as limit_at, null::timestamptz as survey_at
    from starts
    union all
    select c.user_id, c.start_day, c.previous_start_day, p.source, c.started_at, p.since, c.message_at, c.search_at, c.cart_at,
      c.limit_at, c.survey_at
    from given p
    join user_chains c on c.user_id = p.user_id and c.start_day < p.day
    where c.survey_at is null or c.survey_at >= p.since or c.source <> p.source
  ), found as materialized (
    select c.user_id, c.start_day, c.previous_start_day, c.started_at, m.at as message_at, s.at as search_at, k.at as cart_at,
      l.at as limit_at, v.at as survey_at, c.source
    from chains c
    left join events e on e.user_id = c.user_id
    cross join lateral (select case when c.message_at < c.since then c.message_at
      else (select min(t) from unnest(e.messages) as t where t >= c.started_at) end as at) m
    cross join lateral (select case when c.search_at < c.since then c.search_at
      else (select min(t) from unnest(e.searches) as t where t >= m.at) end as at) s
    cross join lateral (select case when c.cart_at < c.since then c.cart_at
      else (select min(t) from unnest(e.carts) as t where t >= s.at) end as at) k
    cross join lateral (select case when c.limit_at < c.since then c.limit_at
      else (select min(t) from unnest(e.limits) as t where t >= k.at) end as at) l
    cross join lateral (select case when c.survey_at < c.since then c.survey_at
      else (select min(t) from unnest(e.surveys) as t where t >= l.at) end as at) v
  )
  select array_agg(row(n.*)::user_chains), array_agg(n.user_id), array_agg(n.start_day)
  into v_changed, v_users, v_start_days
  from found n
  left join user_chains c on c.user_id = n.user_id and c.start_day = n.start_day
  where row(n.*)::user_chains is distinct from c;
  if v_users is null then return; end if;

  perform add_chains(-1, v_users, v_start_days, false, p_tz);
  insert into user_chains select (unnest(v_changed)).*
  on conflict (user_id, start_day) do update set
    previous_start_day = excluded.previous_start_day, source = excluded.source, started_at = excluded.started_at,
    message_at = excluded.message_at, search_at = excluded.search_at, cart_at = excluded.cart_at,
    limit_at = excluded.limit_at, survey_at = excluded.survey_at;
  perform add_chains(1, v_users, v_start_days, false, p_tz);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_days(p_users bigint[], p_days date[], p_kinds event_kinds, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  with usage as (
    delete from user_usage g using unnest(p_users, p_days) as p (user_id, day) where g.user_id = p.user_id and g.day >= p.day
    returning g.*
  )
  insert into user_days as t (user_id, day, events, sessions, carts, priced_carts, labelled_carts, gmv, first_carts, searches,
    errors, messages, llm_calls, tokens, cost_rub, queries)
  select user_id, day, coalesce(e.events, 0), coalesce(e.sessions, 0), coalesce(c.carts, 0), coalesce(c.priced_carts, 0),
    coalesce(c.labelled_carts, 0), coalesce(c.gmv, 0), coalesce(c.first_carts, 0), coalesce(e.searches, 0), coalesce(e.errors, 0),
    coalesce(g.messages, 0), coalesce(g.llm_calls, 0), coalesce(g.tokens, 0), coalesce(g.cost_rub, 0), coalesce(e.queries, '{}')
  from unnest(p_kinds.days) e
  full join (
    select user_id, day, count(*) as carts, count(total_sum) as priced_carts, count(*) filter (where labelled) as labelled_carts,
      sum(total_sum) as gmv, count(*) filter (where cart_number = 1) as first_carts
    from carts_since((p_kinds.carts).users, (p_kinds.carts).days, p_tz)
    group by user_id, day
  ) c using (user_id, day)
  full join (
    select user_id, day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from usage group by user_id, day
  ) g using (user_id, day)
  order by user_id, day -- a rebuild leaves the rows of a user beside each other, and the index dense
  on conflict (user_id, day) do update set events = excluded.events, sessions = excluded.sessions, carts = excluded.carts,
    priced_carts = excluded.priced_carts, labelled_carts = excluded.labelled_carts, gmv = excluded.gmv, first_carts = excluded.first_carts,
    searches = excluded.searches, errors = excluded.errors, messages = t.messages + excluded.messages,
    llm_calls = t.llm_calls + excluded.llm_calls, tokens = t.tokens + excluded.tokens, cost_rub = t.cost_rub + excluded.cost_rub,
    queries = excluded.queries
  where (excluded.messages, excluded.llm_calls, excluded.tokens, excluded.cost_rub) <> (0, 0, 0, 0)
    or (t.events, t.sessions, t.carts, t.priced_carts, t.labelled_carts, t.gmv, t.first_carts, t.searches, t.errors, t.queries) <>
      (excluded.events, excluded.sessions, excluded.carts, excluded.priced_carts, excluded.labelled_carts, excluded.gmv,
        excluded.first_carts, excluded.searches, excluded.errors, excluded.queries);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_errors(p_users bigint[], p_days date[], p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_before user_errors[];
  v_changed user_errors[];
begin
  with counted as (
    select e.user_id, coalesce(e.metadata ->> 'error_type', 'all') as error_type, coalesce(e.upstream, 'all') as upstream,
      e.day, e.first_day, count(*)::integer as errors
    from (
      select e.user_id, e.metadata, error_upstream(e.metadata) as upstream, local_day(e.created_at, p_tz) as day,
        p.day as first_day
      from users_since(p_users, p_days, p_tz) p
      join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
      where e.event_type = 'bot_error'
    ) e
    group by grouping sets (
      (e.user_id, e.metadata ->> 'error_type', e.upstream, e.day, e.first_day), (e.user_id, e.day, e.first_day))
  ), found as (
    select c.user_id, c.error_type, c.upstream, c.day, c.errors,
      coalesce(lag(c.day) over (partition by c.user_id, c.error_type, c.upstream order by c.day),
        (select max(s.day) from user_errors s
          where s.user_id = c.user_id and s.error_type = c.error_type and s.upstream = c.upstream and s.day < c.first_day),
        '-infinity') as previous_day
    from counted c
  )
  select array_agg(row(f.*)::user_errors), array_agg(s) filter (where s.user_id is not null) into v_changed, v_before
  from found f
  left join user_errors s using (user_id, error_type, upstream, day)
  where row(f.*)::user_errors is distinct from s;
  if v_changed is null then return; end if;

  perform add_errors(-1, v_before, false);
  insert into user_errors select (unnest(v_changed)).*
  on conflict (user_id, error_type, upstream, day) do update
    set errors = excluded.errors, previous_day = excluded.previous_day;
  perform add_errors(1, v_changed, false);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_firsts(p_firsts user_firsts[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into user_firsts as f (user_id, start_day, source, campaign)
  select p.user_id, p.start_day, p.source, p.campaign from unnest(p_firsts) as p
  on conflict (user_id) do update set start_day = excluded.start_day, source = excluded.source, campaign = excluded.campaign;
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_from(p_users bigint[], p_day date, p_tz text)
 RETURNS date[]
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_custom_plan'
 SET jit TO 'off'
AS $function$
declare
  v_portion bigint[];
  v_changed date[] := '{}';
begin
  for i in 1 .. coalesce(cardinality(p_users), 0) by 100000 loop
    v_portion := p_users[i : i + 99999];
    v_changed := v_changed || recount_users(v_portion, array_fill(p_day, array[cardinality(v_portion)]), p_tz);
  end loop;
  return v_changed;
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_many(p_users bigint[], p_days date[], p_tz text)
 RETURNS date[]
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_material TO 'off'
 SET jit TO 'off'
 SET work_mem TO '32MB'
AS $function$
declare
  v_size bigint := pg_relation_size('user_days');
begin
  if v_size >= 2 * coalesce(nullif(current_setting('rollups.planned_size', true), '')::bigint, 0) then
    discard plans;
    perform set_config('rollups.planned_size', v_size::text, false);
  end if;
  if v_size < 1000000 then perform set_config('plan_cache_mode', 'force_custom_plan', true); end if;
  return recount_users(p_users, p_days, p_tz);
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_prompts()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[] := array(select distinct user_id from prompt_usage);
begin
  delete from analytics.prompt_spans;
  perform add_prompts(null, prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])));
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_ratings(p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  delete from analytics.rating_totals;
  with counted as (delete from rating_changes)
  insert into analytics.rating_totals (day, prompt_version, rating, reason, carts)
  select local_day(r.rated_at, p_tz), r.prompt_version, r.rating, r.reason, count(*)
  from cart_ratings r
  where r.user_id not in (select u.user_id from uncounted_users u)
  group by 1, 2, 3, 4;
end $function$
;

CREATE OR REPLACE FUNCTION public.recount_starts(p_users bigint[], p_days date[], p_tz text)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into user_starts (user_id, day, slug, starts)
  select e.user_id, local_day(e.created_at, p_tz), e.campaign, count(*)
  from users_since(p_users, p_days, p_tz) p
  join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
  where e.campaign is not null
  group by 1, 2, 3
  order by 1, 2, 3
  on conflict (user_id, day, slug) do update set starts = excluded.starts
$function$
;

CREATE OR REPLACE FUNCTION public.recount_users(p_users bigint[], p_days date[], p_tz text)
 RETURNS date[]
 LANGUAGE plpgsql
AS $function$
declare
  v_kinds event_kinds := look_at_events(p_users, p_days, p_tz);
  v_days date[] := days_of_carts(p_users, p_days, v_kinds.carts, p_tz);
  v_froms date[];
  v_known bigint[];
  v_known_froms date[];
  v_firsts user_firsts[];
  v_contribution contribution;
  v_changed date[];
  v_searches user_queries[];
begin
  if v_days <> p_days then
    p_days := v_days;
    v_kinds := look_at_events(p_users, p_days, p_tz);
  end if;
  -- Another first start, source or campaign changes what all days of the user contribute; what is in both contributions cancels out.
  -- A user who is not known yet has contributed nothing.
  with found as materialized (
    select p.user_id, p.day, p.ordinality, f.user_id is not null as known, n.start_day, n.source, n.campaign,
      f.user_id is null or (f.start_day, f.source, f.campaign) is distinct from (n.start_day, n.source, n.campaign) as moved
    from unnest(p_users, p_days) with ordinality as p (user_id, day)
    left join user_firsts f on f.user_id = p.user_id
    left join users u on u.user_id = p.user_id
    cross join lateral (select first_start_day(u, p_tz) as start_day, coalesce(u.source, 'organic') as source, u.campaign) n
  ), given as (
    select *, case when moved then '-infinity' else day end as from_day from found
  )
  select array_agg(from_day order by ordinality),
    array_agg(user_id order by ordinality) filter (where known), array_agg(from_day order by ordinality) filter (where known),
    array_agg(row(user_id, start_day, source, campaign, 0)::user_firsts) filter (where moved)
  into v_froms, v_known, v_known_froms, v_firsts
  from given;

  v_contribution := contribution_of(v_known, v_known_froms);
  if v_firsts is not null then perform recount_firsts(v_firsts); end if;
  v_searches := searches_of(v_known, v_known_froms);
  perform recount_days(p_users, p_days, v_kinds, p_tz);
  perform add_searches(v_searches, searches_of(p_users, v_froms));
  perform recount_starts((v_kinds.slugs).users, (v_kinds.slugs).days, p_tz);
  perform recount_bot_blocks(p_users, p_days, p_tz);
  v_changed := add_days(v_contribution, contribution_of(p_users, v_froms), false);
  perform recount_chains(p_users, p_days, v_kinds.steps, p_tz);
  perform recount_answers((v_kinds.answers).users, (v_kinds.answers).days, p_tz);
  perform recount_errors((v_kinds.errors).users, (v_kinds.errors).days, p_tz);
  return v_changed;
end $function$
;

CREATE OR REPLACE FUNCTION public.refresh_rollups(p_tz text, p_today date, p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET jit TO 'off'
AS $function$
declare
  v_users bigint[];
  v_days date[];
  v_taken integer := 0;
  v_more boolean;
  v_folded integer;
  v_uncounted integer := 0;
begin
  perform refuse_other_time_zone(p_tz);
  -- the first real user takes a synthetic history out of the numbers
  if exists (select 1 from demo_history where counted) and not is_demo() then
    v_uncounted := uncount_demo_history(p_tz, p_limit);
  end if;
  if exists (select 1 from dirty_days) or exists (select 1 from rating_changes)
    or exists (select 1 from prompt_changes) or exists (select 1 from deferred_facts where rejection is null) then
    perform lock_rollups(p_tz);
    perform apply_deferred_facts();
    perform fold_ratings(p_tz);
    v_folded := fold_prompts(p_limit);
    select m.users, m.days, m.more into v_users, v_days, v_more from take_marks(p_limit, p_tz) m;
    if cardinality(v_users) > 500 then
      perform set_daily_stats(recount_many(v_users, v_days, p_tz));
    elsif v_users is not null then
      perform set_daily_stats(recount_users(v_users, v_days, p_tz));
    end if;
    v_taken := case when v_more or v_folded = p_limit then p_limit else coalesce(cardinality(v_users), 0) end;
  end if;

  if not exists (select 1 from daily_stats where date = p_today) or v_taken > 0 then
    insert into daily_stats (date)
    select d::date from generate_series((select least(min(date), p_today) from daily_stats), p_today, interval '1 day') d
    where not exists (select 1 from daily_stats s where s.date = d::date)
    on conflict do nothing;
  end if;
  return v_taken + v_uncounted;
end $function$
;

CREATE OR REPLACE FUNCTION public.refuse_other_time_zone(p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select 1 from rollup_state where time_zone <> p_tz) then
    raise exception 'days are counted in another time zone' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.remove_demo_history(p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform uncount_demo_history(p_tz, null);
  delete from user_events e using users u where u.user_id = e.user_id and u.synthetic;
  delete from user_usage g using users u where u.user_id = g.user_id and u.synthetic;
  delete from bot_blocks b using users u where u.user_id = b.user_id and u.synthetic;
  delete from prompt_usage p using users u where u.user_id = p.user_id and u.synthetic;
  delete from prompt_changes p using users u where u.user_id = p.user_id and u.synthetic;
  delete from cart_ratings r using users u where u.user_id = r.user_id and u.synthetic;
  with deleted as (delete from archive_pseudonyms a using users u where u.user_id = a.user_id and u.synthetic returning a.pseudonym)
  insert into archive_erasures (pseudonym) select pseudonym from deleted;
  delete from users where synthetic;
  delete from analytics.campaign_totals where campaign in (select slug from campaigns where synthetic);
  delete from campaigns where synthetic;
  delete from demo_history;
end $function$
;

CREATE OR REPLACE FUNCTION public.repeat_window()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select interval '3 days' $function$
;

CREATE OR REPLACE FUNCTION public.restore_allowance(p_user bigint, p_hash bytea)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update users u
  set cart_limit = e.carts_left,
      survey_completed_at = case when e.survey_completed then e.erased_at end,
      started_before_erasure = e.had_started,
      may_be_invited = false,
      blocked_at = e.blocked_at,
      block_reason = e.block_reason
  from erased_users e
  where u.user_id = p_user and e.id_hash = p_hash;
end $function$
;

CREATE OR REPLACE FUNCTION public.revision_window()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select interval '1800 seconds' $function$
;

CREATE OR REPLACE FUNCTION public.save_allowance(p_user bigint, p_hash bytea)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into erased_users (id_hash, carts_left, survey_completed, had_started, blocked_at, block_reason, erased_at)
  select p_hash, greatest(0, cart_limit - carts_created), survey_completed_at is not null,
    started_at is not null or started_before_erasure, blocked_at, block_reason, now()
  from users where user_id = p_user
  on conflict (id_hash) do update set carts_left = excluded.carts_left, survey_completed = excluded.survey_completed,
    had_started = excluded.had_started, blocked_at = excluded.blocked_at, block_reason = excluded.block_reason,
    erased_at = excluded.erased_at;
end $function$
;

CREATE OR REPLACE FUNCTION public.save_campaign(p_name text, p_key text, p_slug text, p_exact boolean, p_price numeric, p_by bigint, p_at timestamp with time zone, p_tz text)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v campaigns;
  v_outcome text := 'same';
  v_tries integer := 1;
  v_slug text := p_slug;
begin
  perform lock_rollups(p_tz);
  select * into v from campaigns where name_key = p_key;
  if found and p_exact and v.slug <> p_slug then
    v_outcome := 'other_slug';
  elsif found then
    if p_price <> v.price_rub or p_price is not null and v.price_rub is null then
      update campaigns set price_rub = p_price where slug = v.slug returning * into v;
      v_outcome := 'priced';
    end if;
  elsif p_exact and exists (select 1 from campaigns where slug = p_slug) then
    select * into v from campaigns where slug = p_slug;
    v_outcome := 'taken';
  else
    while exists (select 1 from campaigns where slug = v_slug) loop
      v_tries := v_tries + 1;
      v_slug := p_slug || '-' || v_tries;
    end loop;
    insert into campaigns (slug, name, name_key, price_rub, made_by, made_at)
    values (v_slug, p_name, p_key, p_price, p_by, p_at) returning * into v;
    perform count_campaign(v.slug);
    v_outcome := 'made';
  end if;
  return jsonb_build_object('outcome', v_outcome, 'slug', v.slug, 'name', v.name, 'price_rub', v.price_rub);
end $function$
;

CREATE OR REPLACE FUNCTION public.save_last_cart(f jsonb, p_version jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into last_carts (user_id, message_fact_id, cart_number, revision, cart, created_at)
  values ((f ->> 'u')::bigint, (f ->> 'messageFactId')::uuid, (p_version ->> 'cart_number')::integer,
    (p_version ->> 'revision')::integer, f -> 'cart', (f ->> 'at')::timestamptz)
  on conflict (user_id) do update
    set message_fact_id = excluded.message_fact_id, cart_number = excluded.cart_number, revision = excluded.revision,
      cart = excluded.cart, created_at = excluded.created_at
    where last_carts.created_at <= excluded.created_at;
end $function$
;

CREATE OR REPLACE FUNCTION public.searches_of(p_users bigint[], p_froms date[])
 RETURNS user_queries[]
 LANGUAGE sql
 STABLE
AS $function$
  select array_agg(row(p.user_id, p.from_day, d.day, d.queries)::user_queries)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  where d.queries <> '{}'
$function$
;

CREATE OR REPLACE FUNCTION public.session_gap()
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$ select interval '1800 seconds' $function$
;

CREATE OR REPLACE FUNCTION public.set_bot_block(v users, p_id uuid, p_at timestamp with time zone, p_blocked boolean, p_tz text)
 RETURNS users
 LANGUAGE plpgsql
AS $function$
begin
  if p_blocked = coalesce((
      select blocked from bot_blocks where user_id = v.user_id and at <= p_at order by at desc, position desc limit 1), false)
  then return v; end if;
  insert into bot_blocks (user_id, id, at, blocked) values (v.user_id, p_id, p_at, p_blocked) on conflict do nothing;
  insert into dirty_days (day, users) values (local_day(p_at, p_tz), array[v.user_id]);
  update users set bot_blocked_at = (
    select case when blocked then at end from bot_blocks where user_id = v.user_id order by at desc, position desc limit 1)
  where user_id = v.user_id returning * into v;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.set_daily_stats(p_days date[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into daily_stats (date, dau, new_users, sessions, carts_created, total_gmv, searches, errors, messages, llm_calls,
    tokens_used, tokens_cost_rub)
  select p.day, coalesce(sum(t.dau), 0), coalesce(sum(t.new_users), 0), coalesce(sum(t.sessions), 0),
    coalesce(sum(t.carts), 0), coalesce(sum(t.gmv), 0), coalesce(sum(t.searches), 0), coalesce(sum(t.errors), 0),
    coalesce(sum(t.messages), 0), coalesce(sum(t.llm_calls), 0), coalesce(sum(t.tokens), 0), coalesce(sum(t.cost_rub), 0)
  from (select distinct unnest(p_days) as day) p left join analytics.day_totals t on t.day = p.day
  where p.day is not null
  group by p.day order by p.day
  on conflict (date) do update set dau = excluded.dau, new_users = excluded.new_users, sessions = excluded.sessions,
    carts_created = excluded.carts_created, total_gmv = excluded.total_gmv, searches = excluded.searches,
    errors = excluded.errors
$function$
;

CREATE OR REPLACE FUNCTION public.set_first_start(v users, p_at timestamp with time zone, p_source text, p_inviter bigint, p_campaign text)
 RETURNS users
 LANGUAGE plpgsql
AS $function$
begin
  if p_at >= v.started_at then return v; end if;
  update users set
    started_at = p_at,
    source = p_source,
    campaign = p_campaign,
    invited_by = coalesce(p_inviter, invited_by),
    may_be_invited = may_be_invited and p_inviter is null
  where user_id = v.user_id returning * into v;
  return v;
end $function$
;

CREATE OR REPLACE FUNCTION public.set_session_prompt(f jsonb, p_tz text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  v_user bigint := (f ->> 'u')::bigint;
begin
  update users set session_prompt_version = f ->> 'promptVersion'
  where user_id = v_user and session_prompt_version is distinct from f ->> 'promptVersion';
  perform add_prompt_usage(v_user, (f ->> 'at')::timestamptz, f ->> 'promptVersion', p_tz, found::int, 1,
    (f ->> 'calls')::int, (f ->> 'costRub')::numeric, 0);
end $function$
;

CREATE OR REPLACE FUNCTION public.start_metadata(v users, p_source text, p_inviter bigint)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_build_object(
    'source', case when p_inviter is null then p_source else 'referral' end,
    'referrer_id', p_inviter,
    'is_new_user', v.started_at is null and not v.started_before_erasure)
$function$
;

CREATE OR REPLACE FUNCTION public.step_of(p_type text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select array_position(array['bot_start', 'session_start', 'product_search', 'cart_created', 'cart_limit_reached', 'survey_completed'],
    p_type)
$function$
;

CREATE OR REPLACE FUNCTION public.sweep_totals()
 RETURNS void
 LANGUAGE sql
AS $function$
  delete from analytics.spans where sinces = '{}';
  delete from analytics.funnel_lags where sinces = '{}';
  delete from analytics.cohort_days where start_days = '{}';
  delete from analytics.cohort_money where (carts, gmv, cost_rub) = (0, 0, 0);
  delete from analytics.survey_totals where n = 0;
  delete from analytics.campaign_totals where (starts, new_users, carts, messages, cost_rub) = (0, 0, 0, 0, 0);
  delete from analytics.rating_totals where carts = 0;
  delete from analytics.churn_totals where (blocks, unblocks) = (0, 0);
  delete from analytics.error_spans where n = 0 and errors = 0;
  delete from analytics.prompt_spans where (users, cost_squared, cost_carts) = (0, 0, 0)
    and (sessions_squared, carts_squared, carts_sessions, messages_squared, turns_squared, turns_messages) = (0, 0, 0, 0, 0, 0);
  delete from query_days where searches = 0
$function$
;

CREATE OR REPLACE FUNCTION public.take_marks(p_limit integer, p_tz text, OUT users bigint[], OUT days date[], OUT more boolean)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
declare
  v_portion integer := (select min(m.portion) from dirty_days m);
begin
  with placed as materialized (
    select m.ctid as place, m.portion, sum(cardinality(m.users)) over (rows unbounded preceding) - cardinality(m.users) as before
    from dirty_days m
    where m.portion is not distinct from v_portion
  ), taken as (
    delete from dirty_days m
    where m.ctid = any (array(select place from placed where before < 100 * p_limit or portion is not null))
    returning m.day, m.users, m.marked_at
  ), marked as (
    select u as user_id, min(taken.day) as day, min(taken.marked_at) as marked_at, row_number() over (order by u) - 1 as number
    from taken cross join unnest(taken.users) as u
    where taken.day >= first_whole_day(p_tz) and u not in (select user_id from uncounted_users)
    group by u
  ), put_back as (
    insert into dirty_days (day, users, marked_at, portion)
    select m.day, array_agg(m.user_id), min(m.marked_at), m.number / p_limit from marked m where m.number >= p_limit
    group by m.number / p_limit, m.day, m.number / 900 -- so that a row is not compressed
  )
  select array_agg(m.user_id) filter (where m.number < p_limit), array_agg(m.day) filter (where m.number < p_limit),
    count(*) > p_limit or exists (select 1 from placed where before >= 100 * p_limit)
      or v_portion is not null and exists (select 1 from dirty_days d where d.portion is distinct from v_portion)
  into take_marks.users, take_marks.days, more
  from marked m;
end $function$
;

CREATE OR REPLACE FUNCTION public.take_rollups_lock()
 RETURNS void
 LANGUAGE plpgsql
 SET lock_timeout TO '10s'
AS $function$
begin
  perform pg_advisory_xact_lock(hashtext('rollups'));
end $function$
;

CREATE OR REPLACE FUNCTION public.try_lock_rollups()
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
  for i in 1 .. 10 loop
    if pg_try_advisory_xact_lock(hashtext('rollups')) then return true; end if;
    perform pg_sleep(0.05);
  end loop;
  return false;
end $function$
;

CREATE OR REPLACE FUNCTION public.unclaimed_slugs()
 RETURNS TABLE(slug text, users bigint, starts bigint, last_day date)
 LANGUAGE sql
 STABLE
AS $function$
  select s.slug, count(distinct s.user_id), sum(s.starts), max(s.day)
  from user_starts s
  where not exists (select 1 from campaigns c where c.slug = s.slug) and s.slug not in ('habr', 'vc', 'telegram')
  group by s.slug
  having count(distinct s.user_id) >= 3
  order by 2 desc, s.slug collate "C"
$function$
;

CREATE OR REPLACE FUNCTION public.uncount_demo_history(p_tz text, p_limit integer)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_users bigint[];
  v_chain_users bigint[];
  v_chain_days date[];
  v_days date[];
begin
  perform lock_rollups(p_tz);
  if not exists (select 1 from demo_history where counted) then return 0; end if;
  v_users := array(select user_id from user_firsts join users using (user_id) where synthetic limit p_limit);
  select coalesce(array_agg(user_id), '{}'), coalesce(array_agg(start_day), '{}') into v_chain_users, v_chain_days
  from user_chains where user_id = any (v_users);
  v_days := add_days(contribution_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null, false);
  perform add_chains(-1, v_chain_users, v_chain_days, false, p_tz);
  perform add_answers(-1, v_users, false);
  perform add_errors(-1, errors_of(v_users), false);
  perform add_prompts(prompt_pairs_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null);
  perform add_searches(searches_of(v_users, array_fill('-infinity'::date, array[cardinality(v_users)])), null);
  update daily_stats t
  set messages = t.messages - g.messages, llm_calls = t.llm_calls - g.llm_calls, tokens_used = t.tokens_used - g.tokens,
    tokens_cost_rub = t.tokens_cost_rub - g.cost_rub
  from (
    select day, sum(messages) as messages, sum(llm_calls) as llm_calls, sum(tokens) as tokens, sum(cost_rub) as cost_rub
    from all_usage where user_id = any (v_users) group by day
  ) g
  where t.date = g.day;
  perform unmark_users(v_users);
  perform delete_user_rollups(v_users);
  perform set_daily_stats(v_days);
  if not exists (select 1 from user_firsts join users using (user_id) where synthetic) then
    update demo_history set counted = false;
    perform count_demo_ratings(-1, p_tz);
    perform sweep_totals();
  end if;
  return cardinality(v_users);
end $function$
;

CREATE OR REPLACE FUNCTION public.unmark_users(p_users bigint[])
 RETURNS SETOF date
 LANGUAGE plpgsql
AS $function$
begin
  return query
  with unmarked as materialized (select unnest(p_users) as user_id)
  update dirty_days d set users = array(select u from unnest(d.users) as u where u not in (select user_id from unmarked))
  where exists (select 1 from unnest(d.users) as u where u in (select user_id from unmarked))
  returning d.day;
  delete from dirty_days where users = '{}';
end $function$
;

CREATE OR REPLACE FUNCTION public.usage_of(f jsonb, p_outcome jsonb, p_tz text)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case
    when f ->> 'k' = 'message' and p_outcome ->> 'delivery' = 'first'
      then jsonb_build_object('u', f -> 'u', 'd', p_outcome -> 'day', 'messages', 1)
    when f ->> 'k' = 'usage'
      then jsonb_build_object('u', f -> 'u', 'd', local_day((f ->> 'at')::timestamptz, p_tz), 'calls', f -> 'calls',
        'tokens', f -> 'tokens', 'cost', f -> 'costRub', 'models', f -> 'models')
  end
$function$
;

CREATE OR REPLACE FUNCTION public.user_record(p_user bigint)
 RETURNS TABLE(user_id bigint, registered_at timestamp with time zone, started_at timestamp with time zone, source text, invited_by bigint, invited bigint, last_message_at timestamp with time zone, active_days bigint, sessions bigint, messages bigint, searches bigint, errors bigint, carts_created integer, cart_limit integer, gmv numeric, tokens bigint, cost_rub numeric, survey_completed_at timestamp with time zone, pmf text, consent_at timestamp with time zone, consent_withdrawn_at timestamp with time zone, blocked_at timestamp with time zone, block_reason text)
 LANGUAGE sql
 STABLE
AS $function$
  select u.user_id, u.registered_at, u.started_at, u.source, u.invited_by,
    (select count(*) from users i where i.invited_by = u.user_id), u.last_message_at, d.active_days, d.sessions, d.messages,
    d.searches, d.errors, u.carts_created, u.cart_limit, d.gmv, d.tokens, d.cost_rub, u.survey_completed_at, a.pmf,
    u.consent_at, u.consent_withdrawn_at, u.blocked_at, u.block_reason
  from users u
  cross join (
    select count(*) filter (where sessions > 0) as active_days, coalesce(sum(sessions), 0) as sessions,
      coalesce(sum(messages), 0) as messages, coalesce(sum(searches), 0) as searches, coalesce(sum(errors), 0) as errors,
      coalesce(sum(gmv), 0) as gmv, coalesce(sum(tokens), 0)::bigint as tokens, coalesce(sum(cost_rub), 0) as cost_rub
    from user_days where user_days.user_id = p_user
  ) d
  left join survey_answers a on a.user_id = u.user_id
  where u.user_id = p_user
$function$
;

CREATE OR REPLACE FUNCTION public.user_state(v users, p_at timestamp with time zone, p_tz text)
 RETURNS jsonb
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return jsonb_build_object(
    'userId', v.user_id,
    'registeredAt', v.registered_at,
    'daysSinceRegistration', greatest(0, local_day(p_at, p_tz) - local_day(v.registered_at, p_tz)),
    'cartsCreated', v.carts_created,
    'cartLimit', v.cart_limit,
    'surveyCompleted', v.survey_completed_at is not null,
    'survey', v.survey_progress,
    'consentVersion', v.consent_version,
    'blocked', case when v.blocked_at is not null then jsonb_build_object('reason', v.block_reason) end,
    'messagesInSession', v.messages_in_session,
    'hasLastCart', exists (select 1 from last_carts c where c.user_id = v.user_id and c.created_at > p_at - last_cart_lifetime()));
end $function$
;

CREATE OR REPLACE FUNCTION public.users_since(p_users bigint[], p_days date[], p_tz text)
 RETURNS TABLE(user_id bigint, day date, since timestamp with time zone)
 LANGUAGE sql
 STABLE
AS $function$
  with days as materialized (
    select d.day, day_start(d.day, p_tz) as since from (select distinct unnest(p_days) as day) d
  )
  select p.user_id, p.day, d.since from unnest(p_users, p_days) as p (user_id, day) join days d on d.day = p.day
$function$
;
