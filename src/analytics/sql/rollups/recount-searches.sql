/* Counts the searches of these users from p_days[i] on. */
create or replace function recount_searches(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_changed user_searches[];
  v_users bigint[];
  v_queries text[];
  v_days date[];
begin
  with counted as (
    select e.user_id, lower(e.metadata ->> 'query') as query, local_day(e.created_at, p_tz) as day, p.day as first_day,
      count(*)::integer as searches, (count(*) filter (where not (e.metadata ->> 'had_results')::boolean))::integer as empty
    from users_since(p_users, p_days, p_tz) p
    join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
    where e.event_type = 'product_search' and e.metadata ->> 'query' is not null
    group by 1, 2, 3, 4
  ), found as (
    select c.user_id, c.query, c.day, c.searches, c.empty,
      coalesce(lag(c.day) over (partition by c.user_id, c.query order by c.day),
        (select max(s.day) from user_searches s where s.user_id = c.user_id and s.query = c.query and s.day < c.first_day),
        '-infinity') as previous_day
    from counted c
  )
  select array_agg(row(f.*)::user_searches), array_agg(f.user_id), array_agg(f.query), array_agg(f.day)
  into v_changed, v_users, v_queries, v_days
  from found f
  left join user_searches s on s.user_id = f.user_id and s.query = f.query and s.day = f.day
  where row(f.*)::user_searches is distinct from s;
  if v_users is null then return; end if;

  perform add_searches(-1, v_users, v_queries, v_days);
  insert into user_searches select (unnest(v_changed)).*
  on conflict (user_id, query, day) do update
    set searches = excluded.searches, empty = excluded.empty, previous_day = excluded.previous_day;
  perform add_searches(1, v_users, v_queries, v_days);
end $$;
