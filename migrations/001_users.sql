-- Who is asking: one row a person, what they may still do, and where their conversation stands.
-- No name, no user name, no text. Every table that holds a person is keyed by user_id first, so that it can be spread by it.
create table users (
  user_id bigint primary key,
  registered_at timestamptz not null,
  started_at timestamptz,                         -- first /start ever; null for those who wrote without it
  source text not null default 'organic',         -- of the first /start
  invited_by bigint,
  inviter_paid_at timestamptz,
  may_be_invited boolean not null default true,   -- false once linked or erased: a link pays for a user's first time only
  carts_created integer not null default 0,       -- always the number of this person's cart_created rows
  cart_limit integer not null,
  survey_completed_at timestamptz,
  survey_progress jsonb,
  consent_version text,
  consent_at timestamptz,
  consent_method text,
  consent_withdrawn_at timestamptz,
  last_message_at timestamptz,
  session_day date,                               -- day of the latest session_start, in ANALYTICS_TZ
  sessions_today integer not null default 0,
  messages_in_session integer not null default 0,
  recent_messages uuid[] not null default '{}',   -- fact ids of the last 20 messages: a repeated delivery is known by them
  done_messages uuid[] not null default '{}',     -- those of them whose reply reached Telegram
  blocked_at timestamptz,
  block_reason text,
  synthetic boolean not null default false,       -- made by `npm run generate`; ids say nothing, real ones have up to 52 bits
  started_before_erasure boolean not null default false,  -- erased since the first /start: the next one is not the first
  check (carts_created >= 0 and cart_limit >= 0)
) with (fillfactor = 70);

create index users_invited_by on users (invited_by) where invited_by is not null;
create index users_synthetic on users (user_id) where synthetic;

create table referral_codes (
  code text primary key,
  user_id bigint not null unique
);

create table user_preferences (
  user_id bigint not null,
  category text not null check (length(category) between 1 and 100),
  preference text not null check (length(preference) between 1 and 500),
  updated_at timestamptz not null default now(),
  primary key (user_id, category)
);

-- The last cart as the shop gave it: extended on request, and shown again when its message is delivered a second time.
create table last_carts (
  user_id bigint primary key,
  message_fact_id uuid not null,
  cart jsonb not null,
  created_at timestamptz not null
);

-- What an erased person had used up, under a keyed hash of the id: erasing oneself renews no allowance and lifts no block.
create table erased_users (
  id_hash bytea primary key,
  carts_left integer not null,
  survey_completed boolean not null,
  had_started boolean not null,
  blocked_at timestamptz,
  block_reason text,
  erased_at timestamptz not null default now()
);
