-- What the three stores say of a day, as `npm run reconcile` found it; null: that store does not know the number.
create table reconciliation (
  date date not null,
  number text not null,
  postgres numeric,
  loki numeric,
  prometheus numeric,
  difference numeric,
  cause text,
  checked_at timestamptz not null,
  primary key (date, number)
);

-- The process that compares the stores now. It asks other services meanwhile, so it holds no transaction: the turn of a
-- process that died ends by the clock.
create table reconciliation_turn (
  only_row boolean primary key default true check (only_row),
  holder uuid not null default gen_random_uuid(),
  ends_at timestamptz not null
);
