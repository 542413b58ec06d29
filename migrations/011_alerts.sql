-- What delivery of alerts remembers: who was notified, what administrators answered. One document, replaced only by who knows
-- its version. Holds Telegram ids of administrators alone; what is over leaves it after a day.
create table alert_desk (
  singleton boolean primary key default true check (singleton),
  version bigint not null,
  state jsonb not null,
  changed_at timestamptz not null default now()
);
