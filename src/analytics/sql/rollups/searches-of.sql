/* The queries of these users by day, each from p_froms[i] on: '-infinity' where none has an earlier day. */
create or replace function searches_of(p_users bigint[], p_froms date[]) returns user_queries[]
language sql stable as $$
  select array_agg(row(p.user_id, p.from_day, d.day, d.queries)::user_queries)
  from unnest(p_users, p_froms) as p (user_id, from_day)
  join user_days d on d.user_id = p.user_id and d.day >= p.from_day
  where d.queries <> '{}'
$$;
