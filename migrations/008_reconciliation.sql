-- The numbers of a day in the three stores, as `npm run reconcile` found them; null: that store does not know the number.
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

-- The process that compares the stores now. It calls other services while it holds the turn, so the turn is no transaction:
-- that of a process that died expires.
create table reconciliation_turn (
  only_row boolean primary key default true check (only_row),
  holder uuid not null default gen_random_uuid(),
  ends_at timestamptz not null
);
