-- What a user thinks of a cart: one rating a cart, the latest counts. No text of the user.
create table cart_ratings (
  user_id bigint not null,
  cart_number integer not null check (cart_number > 0),
  revision integer not null check (revision >= 0),   -- the version that was rated
  rating text not null check (rating in ('up', 'down')),
  reason text check (reason in ('expensive', 'wrong', 'missing', 'extra', 'other')),
  prompt_version text,                               -- that made the cart; null when it is not known
  request_id text,                                   -- of the message that asked for the cart
  rated_at timestamptz not null,
  primary key (user_id, cart_number),
  check (reason is null or rating = 'down')
);

-- What a change of cart_ratings adds to its totals: 1 for a rating, -1 for one that was changed or deleted, in the same transaction. It
-- waits here until it is added to analytics.rating_totals; a reader of the totals adds it. Without a key: users who rate at
-- the same time do not wait for each other, or for the count.
create table rating_changes (
  rated_at timestamptz not null,
  prompt_version text,
  rating text not null,
  reason text,
  n integer not null
);

-- cart_ratings by the day on which they were given.
create table analytics.rating_totals (
  day date not null,
  prompt_version text,
  rating text not null,
  reason text,
  carts integer not null,
  unique nulls not distinct (day, prompt_version, rating, reason)
) with (fillfactor = 90);
