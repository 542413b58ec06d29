/* Drops updates that were dealt with. Its commit waits for no disk: an update that a crash brings back is recognised as answered. */
create or replace function inbox_done(p_users bigint[], p_updates bigint[]) returns void
language plpgsql volatile as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  delete from inbox i using unnest(p_users, p_updates) as d (user_id, update_id)
  where i.user_id = d.user_id and i.update_id = d.update_id;
end $$;
