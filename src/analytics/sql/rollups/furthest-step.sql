/* The furthest step of the funnel that the user had reached by p_at: 0 none, 1 start, 2 message, 3 search, 4 cart, 5 limit, 6 survey. */
create or replace function furthest_step(p_user bigint, p_at timestamptz) returns integer
language sql stable as $$
  select coalesce(max(array_position(array['bot_start', 'session_start', 'product_search', 'cart_created', 'cart_limit_reached',
    'survey_completed'], event_type)), 0)
  from user_events where user_id = p_user and created_at <= p_at
$$;
