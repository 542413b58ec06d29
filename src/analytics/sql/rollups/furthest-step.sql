/* The furthest step of the funnel that the user had reached by p_at: 0 none, else that of step_of(). */
create or replace function furthest_step(p_user bigint, p_at timestamptz) returns integer
language sql stable as $$
  select greatest(
    (select max(step_of(event_type)) from user_events where user_id = p_user and created_at <= p_at),
    (select dropped_step from user_firsts where user_id = p_user),
    0)
$$;
