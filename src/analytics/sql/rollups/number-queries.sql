/* Gives a number to each query of these users' events from p_days[i] on that has none. */
create or replace function number_queries(p_users bigint[], p_days date[], p_tz text) returns void
language sql as $$
  insert into queries (query)
  select distinct lower(e.metadata ->> 'query')
  from users_since(p_users, p_days, p_tz) p
  join user_events e on e.user_id = p.user_id and e.created_at >= p.since
  where e.event_type = 'product_search' and e.metadata ->> 'query' is not null
    and not exists (select 1 from queries q where q.query = lower(e.metadata ->> 'query'))
  order by 1
$$;
