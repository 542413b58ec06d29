/*
  Reads the events of these users from p_days[i] on once: counts them by day, gives a number to each query that has none, and finds the
  users with events of the kinds that few have, so that only these are read again for them.
*/
create or replace function look_at_events(p_users bigint[], p_days date[], p_tz text) returns event_kinds
language plpgsql as $$
declare
  v event_kinds;
begin
  with events as materialized (
    select p.user_id, p.day as from_day, local_day(e.created_at, p_tz) as day, e.event_type, e.campaign is not null as with_slug,
      case when e.event_type = 'product_search' then lower(e.metadata ->> 'query') end as query,
      case when e.event_type = 'product_search' then case when (e.metadata ->> 'had_results')::boolean then 1 else -1 end end as sign
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
  ), asked as materialized (
    select x.query, q.query_id
    from (select distinct query from events where query is not null and day >= from_day) x left join queries q on q.query = x.query
  ), numbered as (
    insert into queries (query) select query from asked where query_id is null order by query
    returning query, query_id
  ), counted as materialized (
    select e.user_id, e.from_day, e.day, count(*)::integer as events,
      (count(*) filter (where e.event_type = 'session_start'))::integer as sessions,
      (count(*) filter (where e.event_type = 'product_search'))::integer as searches,
      (count(*) filter (where e.event_type = 'bot_error'))::integer as errors,
      array_agg(e.sign * q.query_id order by e.sign * q.query_id) filter (where q.query_id is not null) as queries,
      bool_or(e.with_slug) as with_slug, bool_or(e.event_type = 'cart_created') as with_cart,
      bool_or(e.event_type = 'survey_completed') as with_answer,
      bool_or(e.event_type in ('bot_start', 'cart_created', 'cart_limit_reached', 'survey_completed')) as with_step
    from events e
    left join (select query, query_id from asked where query_id is not null union all select query, query_id from numbered) q
      on q.query = e.query
    where e.day >= e.from_day -- not above: the day would be computed twice
    group by e.user_id, e.from_day, e.day
  )
  select
    row(array_agg(user_id) filter (where with_slug), array_agg(from_day) filter (where with_slug))::users_from,
    row(array_agg(user_id) filter (where with_cart), array_agg(from_day) filter (where with_cart))::users_from,
    row(array_agg(user_id) filter (where with_answer), array_agg(from_day) filter (where with_answer))::users_from,
    row(array_agg(user_id) filter (where with_error), array_agg(from_day) filter (where with_error))::users_from,
    array_agg(user_id) filter (where with_step),
    (select array_agg(row(c.user_id, c.day, c.events, c.sessions, c.searches, c.errors, c.queries)::day_events) from counted c)
  into v.slugs, v.carts, v.answers, v.errors, v.steps, v.days
  from (
    select user_id, from_day, bool_or(with_slug) as with_slug, bool_or(with_cart) as with_cart, bool_or(with_answer) as with_answer,
      bool_or(errors > 0) as with_error, bool_or(with_step) as with_step
    from counted group by user_id, from_day
  ) x;
  return v;
end $$;
