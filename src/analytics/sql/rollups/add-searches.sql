/* Adds (p_sign 1) or subtracts (-1) the searches of p_users[i] for p_queries[i] on p_days[i]. */
create or replace function add_searches(p_sign integer, p_users bigint[], p_queries text[], p_days date[]) returns void
language sql as $$
  insert into query_spans as t (since, until, query, n, searches, empty)
  select e.since, s.day, s.query, p_sign * sum(e.n), p_sign * sum(e.searches), p_sign * sum(e.empty)
  from unnest(p_users, p_queries, p_days) as p (user_id, query, day)
  join user_searches s on s.user_id = p.user_id and s.query = p.query and s.day = p.day
  cross join lateral (values (s.day, 1, s.searches, s.empty), (s.previous_day, -1, 0, 0)) as e (since, n, searches, empty)
  where e.since > '-infinity'
  group by e.since, s.day, s.query
  on conflict (since, until, query) do update
    set n = t.n + excluded.n, searches = t.searches + excluded.searches, empty = t.empty + excluded.empty
$$;
