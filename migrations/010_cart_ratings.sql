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
