/*
  Notes the message that shows the user that an update is worked on, or waits. True when a process that takes the update over will be handed it: the
  update is there, and no other process has been handed it.
*/
create or replace function inbox_show(p_worker uuid, p_user bigint, p_update bigint, p_message bigint) returns boolean
language sql volatile as $$
  with shown as (
    update inbox i set shown_message = p_message
    where i.user_id = p_user and i.update_id = p_update and (not i.handed or i.worker = p_worker)
    returning 1
  )
  select exists (select from shown)
$$;
