-- The applied text of each function and view (src/*/sql/), so that a start replaces only what changed.
create table sql_objects (
  file text primary key,
  identity text not null,                         -- 'function local_day', 'view analytics.daily'
  hash text not null,                             -- SHA-256 of the text, hexadecimal
  applied_at timestamptz not null default now()
);
