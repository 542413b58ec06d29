/* What is counted of the failures of these users. */
create or replace function errors_of(p_users bigint[]) returns user_errors[]
language sql stable as $$
  select array_agg(e) from user_errors e where user_id = any (p_users)
$$;
