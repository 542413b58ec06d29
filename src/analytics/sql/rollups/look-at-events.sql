/*
  Reads the events of these users from p_days[i] on once: counts them by day, gives a number to each query that has none, and finds the
  users with events of the kinds that few have, so that only these are read again for them.
*/
create or replace function look_at_events(p_users bigint[], p_days date[], p_tz text) returns event_kinds
language plpgsql as $$
declare
  v event_kinds;
begin
  with days as materialized (
    -- until: before it the day is that one, without asking the time zone for each event
    select d.day, case when day_end(d.day - 1, p_tz) <= day_start(d.day, p_tz) then day_start(d.day + 1, p_tz) end as until
    from (select distinct unnest(p_days) as day) d
  ), events as materialized (
    select p.user_id, p.day as from_day, case when e.created_at < d.until then p.day else local_day(e.created_at, p_tz) end as day,
      e.event_type, e.campaign is not null as with_slug,
      case when e.event_type = 'product_search' then e.metadata ->> 'query' end as text,
      case when e.event_type = 'product_search' then case when (e.metadata ->> 'had_results')::boolean then 1 else -1 end end as sign
    from users_since(p_users, p_days, p_tz) p
    join days d on d.day = p.day
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since
  ), asked as materialized (
    select x.text, lower(x.text) as query, q.query_id
    from (select distinct text from events where text is not null and day >= from_day) x left join queries q on q.query = lower(x.text)
  ), numbered as (
    insert into queries (query) select distinct query from asked where query_id is null order by query
    returning query, query_id
  ), counted as materialized (
    select user_id, any_value(from_day) as from_day, day, count(*)::integer as events,
      (count(*) filter (where event_type = 'session_start'))::integer as sessions,
      count(sign)::integer as searches,
      (count(*) filter (where event_type = 'bot_error'))::integer as errors,
      array_agg(query_id order by query_id) filter (where query_id is not null) as queries,
      bool_or(with_slug) as with_slug, bool_or(event_type = 'cart_created') as with_cart,
      bool_or(event_type = 'survey_completed') as with_answer
    from (
      select e.*, e.sign * q.query_id as query_id
      from events e
      left join (select a.text, coalesce(a.query_id, n.query_id) as query_id from asked a left join numbered n on n.query = a.query) q
        on q.text = e.text
      where e.day >= e.from_day -- not above: the day would be computed twice
      offset 0 -- computed before the sort, which then sorts the queries of a day, too
    ) e
    group by user_id, day
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
    select user_id, any_value(from_day) as from_day, bool_or(with_slug) as with_slug, bool_or(with_cart) as with_cart, bool_or(with_answer) as with_answer,
      bool_or(errors > 0) as with_error, bool_or(events > sessions + searches + errors) as with_step
    from counted group by user_id
  ) x;
  return v;
end $$;
