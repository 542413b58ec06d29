/* Whether the database is a demonstration: that of a sandbox, or one that never had a real user. */
create or replace function is_demo() returns boolean
language sql stable as $$
  select exists (select 1 from demo_history where sandbox)
    or not exists (select 1 from users where not synthetic) and not exists (select 1 from erased_users)
$$;
