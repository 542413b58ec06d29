/*
  Reads the events of these users from p_days[i] on once: gives a number to each query that has none, and finds the users with
  events of the kinds that few have, so that only these are read again for them.
*/
create or replace function look_at_events(p_users bigint[], p_days date[], p_tz text) returns event_kinds
language plpgsql as $$
declare
  v event_kinds;
begin
  with events as materialized (
    select p.user_id, p.day, e.event_type, e.campaign is not null as with_slug,
      case when e.event_type = 'product_search' then lower(e.metadata ->> 'query') end as query
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
  ), numbered as (
    insert into queries (query)
    select distinct e.query from events e
    where e.query is not null and not exists (select 1 from queries q where q.query = e.query)
    order by 1
  )
  select
    row(array_agg(user_id) filter (where with_slug), array_agg(day) filter (where with_slug))::users_from,
    row(array_agg(user_id) filter (where with_cart), array_agg(day) filter (where with_cart))::users_from,
    row(array_agg(user_id) filter (where with_answer), array_agg(day) filter (where with_answer))::users_from,
    row(array_agg(user_id) filter (where with_error), array_agg(day) filter (where with_error))::users_from,
    array_agg(user_id) filter (where with_step)
  into v.slugs, v.carts, v.answers, v.errors, v.steps
  from (
    select user_id, day, bool_or(with_slug) as with_slug, bool_or(event_type = 'cart_created') as with_cart,
      bool_or(event_type = 'survey_completed') as with_answer, bool_or(event_type = 'bot_error') as with_error,
      bool_or(event_type in ('bot_start', 'cart_created', 'cart_limit_reached', 'survey_completed')) as with_step
    from events group by user_id, day
  ) x;
  return v;
end $$;
