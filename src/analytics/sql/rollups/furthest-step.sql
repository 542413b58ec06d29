/*
  The furthest step of the funnel that the user had reached by p_at: 0 none, else that of step_of(). A table of one row: as such it
  becomes a part of the statement that calls it, which is planned once for all users.
*/
create or replace function furthest_step(p_user bigint, p_at timestamptz) returns table (step integer)
language sql stable as $$
  select greatest(
    (select max(step_of(event_type)) from user_events where user_id = p_user and created_at <= p_at),
    (select dropped_step from user_firsts where user_id = p_user),
    0)
$$;
