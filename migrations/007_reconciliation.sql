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
