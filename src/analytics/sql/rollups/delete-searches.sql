/* Subtracts the searches of these users from the totals and deletes them. */
create or replace function delete_searches(p_users bigint[]) returns void
language plpgsql as $$
declare
  v_users bigint[];
  v_queries text[];
  v_days date[];
begin
  select array_agg(user_id), array_agg(query), array_agg(day) into v_users, v_queries, v_days
  from user_searches where user_id = any (p_users);
  perform add_searches(-1, v_users, v_queries, v_days);
  delete from user_searches where user_id = any (p_users);
end $$;
