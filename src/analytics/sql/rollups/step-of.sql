/* The step of the funnel that an event is: 1 start, 2 message, 3 search, 4 cart, 5 limit, 6 survey; null for others. */
create or replace function step_of(p_type text) returns integer
language sql immutable parallel safe as $$
  select array_position(array['bot_start', 'session_start', 'product_search', 'cart_created', 'cart_limit_reached', 'survey_completed'],
    p_type)
$$;
