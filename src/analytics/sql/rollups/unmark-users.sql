/* Deletes the marks of these users; returns the days they had marks on. The caller holds the lock of lock_rollups(). */
create or replace function unmark_users(p_users bigint[]) returns setof date
language plpgsql as $$
begin
  return query
  with unmarked as materialized (select unnest(p_users) as user_id)
  update dirty_days d set users = array(select u from unnest(d.users) as u where u not in (select user_id from unmarked))
  where exists (select 1 from unnest(d.users) as u where u in (select user_id from unmarked))
  returning d.day;
  delete from dirty_days where users = '{}';
end $$;
