-- The synthetic history in this database, if there is one: its people have ids from 9 000 000 001 on.
create table demo_history (
  only_row boolean primary key default true check (only_row),
  seed bigint not null,
  users integer not null,
  days integer not null,
  until date not null,
  created_at timestamptz not null default now()
);
