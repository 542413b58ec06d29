/*
  A process that ends gives back users of whom nothing is in flight: others go on with them immediately. What it had not begun counts as no
  attempt. Users are locked as in inbox_exchange().
*/
create or replace function inbox_release(p_worker uuid, p_users bigint[]) returns void
language plpgsql volatile as $$
declare
  v_user bigint;
begin
  for v_user in select n from unnest(p_users) as n order by n loop
    perform pg_advisory_xact_lock(hashtextextended('inbox', v_user));
    update inbox i set worker = null, handed = false, attempts = greatest(0, i.attempts - i.handed::int)
    where i.user_id = v_user and i.worker = p_worker;
  end loop;
end $$;
