-- Months of user_events that were written to Parquet files. A file names no user: which pseudonym is whose stands
-- here, so that an erasure takes effect before the next run takes the rows out of the files.
create table event_archive (
  month date primary key,                         -- its first day, in UTC
  contents text[] not null,                       -- archive_contents() of the file; of both while a file is replaced by another
  written_at timestamptz not null default now()
);

create table archive_pseudonyms (
  user_id bigint primary key,
  pseudonym uuid not null unique default gen_random_uuid()
);

-- Pseudonyms of erased users that still stand in a file; deleted when they are out of every one.
create table archive_erasures (
  pseudonym uuid primary key,
  erased_at timestamptz not null default now()
);
