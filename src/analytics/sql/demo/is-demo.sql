/* Whether the database is a demonstration: that of a sandbox, or one that never had a real user. */
create or replace function is_demo() returns boolean
language sql stable as $$
  select exists (select from demo_history where sandbox)
    or not exists (select from users where not synthetic) and not exists (select from erased_users)
$$;
