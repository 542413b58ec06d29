-- One row per user: what they may still do, and the state of their conversation. No name and no text is stored. Every table
-- with data of a user has user_id first in its key, so that it can be distributed by user.
create table users (
  user_id bigint primary key,
  registered_at timestamptz not null,
  started_at timestamptz,                         -- first /start ever; null for users who wrote without it
  source text not null default 'organic',         -- of the first /start
  campaign text,                                  -- the slug of the first /start, claimed (campaigns) or not; null without one
  invited_by bigint,
  inviter_paid_at timestamptz,
  may_be_invited boolean not null default true,   -- false once linked or erased: an invitation pays for the first time only
  carts_created integer not null default 0,       -- equals the number of this user's cart_created rows with revision 0
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
  session_prompt_version text,                    -- that answered in the session; null until the model was asked
  recent_messages uuid[] not null default '{}',   -- fact ids of the last 20 messages, to recognise a repeated delivery
  done_messages uuid[] not null default '{}',     -- those of them whose reply reached Telegram
  blocked_at timestamptz,
  block_reason text,
  bot_blocked_at timestamptz,                     -- the user blocked the bot in Telegram; null while it may write
  synthetic boolean not null default false,       -- made by `npm run generate`; real ids have up to 52 bits, so no range marks them
  started_before_erasure boolean not null default false,  -- erased after a /start: the next one does not make a new user
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

-- What a user must not or does not want to get, in the user's words, masked.
create table user_restrictions (
  user_id bigint not null,
  kind text not null check (kind in ('diet', 'allergy', 'dislike')),
  value text not null check (length(value) between 1 and 100),
  created_at timestamptz not null default now(),
  primary key (user_id, kind, value)
);

-- The last cart in its latest version, as the shop returned it: extended on request, and shown again when its message is delivered a second time.
create table last_carts (
  user_id bigint primary key,
  message_fact_id uuid not null,
  cart_number integer not null,
  revision integer not null,
  cart jsonb not null,
  created_at timestamptz not null
);

-- What an erased user had used up, under a keyed hash of the id: erasure renews no allowance and lifts no block.
create table erased_users (
  id_hash bytea primary key,
  carts_left integer not null,
  survey_completed boolean not null,
  had_started boolean not null,
  blocked_at timestamptz,
  block_reason text,
  erased_at timestamptz not null default now()
);

-- The pseudonym that log lines carry instead of the user's id. Erasure deletes the row, and with it the only link between
-- 30 days of log lines and the user.
create table log_pseudonyms (
  user_id bigint primary key,
  pseudonym text not null unique check (pseudonym ~ '^[0-9a-z]{16}$')
);
