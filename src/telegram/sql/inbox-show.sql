/* Notes the message that shows the user that an update is worked on. True when the update is there, so that the process that answers it replaces the message. */
create or replace function inbox_show(p_user bigint, p_update bigint, p_message bigint) returns boolean
language sql volatile as $$
  with shown as (
    update inbox i set shown_message = p_message where i.user_id = p_user and i.update_id = p_update returning 1
  )
  select exists (select from shown)
$$;
