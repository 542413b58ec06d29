-- The synthetic history in this database, if there is one: the users with users.synthetic. It is counted only while the whole
-- database is a demonstration.
create table demo_history (
  only_row boolean primary key default true check (only_row),
  seed bigint not null,
  users integer not null,
  days integer not null,
  until date not null,
  sandbox boolean not null default false,         -- the database of a sandbox: its other users are demonstrations too
  counted boolean not null default false,         -- its users are in the totals
  created_at timestamptz not null default now()
);
