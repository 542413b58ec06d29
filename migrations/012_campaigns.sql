-- Links by which users come: t.me/BOT?start=SLUG. A /start stores its slug whether or not it is in here (users.campaign,
-- user_events.campaign); the totals count those that are.
create table campaigns (
  slug text primary key check (slug ~ '^[A-Za-z0-9_-]{1,64}$' and slug !~* '^ref_'),
  name text not null check (char_length(name) between 1 and 100),
  name_key text not null unique,                  -- the name in lower case: the same name is the same link
  price_rub numeric check (price_rub >= 0),       -- what the publication cost; null while it is not known
  made_by bigint,                                 -- the administrator; null once erased
  made_at timestamptz not null,
  synthetic boolean not null default false        -- made by `npm run generate`
);

-- How often a user sent a /start with a slug, per day: counted from the events, as user_days are.
create table user_starts (
  user_id bigint not null,
  day date not null,
  slug text not null,
  starts integer not null,
  primary key (user_id, day, slug)
);

-- starts counts every /start with the slug; the other columns count the users whose first /start had it.
create table analytics.campaign_totals (
  campaign text not null,
  day date not null,
  erased boolean not null,
  starts integer not null,
  new_users integer not null,
  first_carts integer not null,
  carts integer not null,
  labelled_carts integer not null,                -- carts whose link carries a partner mark
  gmv numeric not null,
  messages integer not null,
  cost_rub numeric not null,
  primary key (campaign, day, erased)
) with (fillfactor = 50);
