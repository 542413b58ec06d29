-- Metabase's own database and its owner. May run again: the password is brought up to date.
\set ON_ERROR_STOP on
\getenv password METABASE_DB_PASSWORD
select :'password' = '' as unset \gset
\if :unset
  do $$ begin raise exception 'METABASE_DB_PASSWORD is missing in .env'; end $$;
\endif
select 'create role metabase login' where not exists (select from pg_roles where rolname = 'metabase') \gexec
alter role metabase password :'password';
select 'create database metabase owner metabase' where not exists (select from pg_database where datname = 'metabase') \gexec
