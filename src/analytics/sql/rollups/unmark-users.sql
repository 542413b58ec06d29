/* Deletes the marks of these users; returns the days they had marks on. The caller holds the lock of lock_rollups(). */
create or replace function unmark_users(p_users bigint[]) returns setof date
language plpgsql as $$
begin
  return query update dirty_days set users = array(select unnest(users) except select unnest(p_users))
  where users && p_users returning day;
  delete from dirty_days where users = '{}';
end $$;
