/*
  Stores plain events in one statement, and marks their days. One with `again` may be a repeat: it is left out when its id is
  stored with another time within repeat_window(). Returns the ordinals of those that became a row.
*/
create or replace function insert_events(p_events jsonb, p_tz text) returns setof integer
language plpgsql as $$
begin
  insert into dirty_days (user_id, day)
  select distinct u, local_day(at, p_tz) from jsonb_to_recordset(p_events) as f (u bigint, at timestamptz);

  return query
  with given as materialized (
    select * from jsonb_to_recordset(p_events)
      as f (o int, id uuid, u bigint, t text, m jsonb, at timestamptz, r text, again boolean)
  ), stored as (
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    select f.id, f.u, f.t, f.m, f.at, f.r
    from given f
    where f.again is not true or not exists (
      select 1 from user_events e
      where e.user_id = f.u and e.id = f.id and e.created_at between f.at - repeat_window() and f.at + repeat_window())
    on conflict do nothing
    returning user_id, id, created_at
  )
  select min(g.o) from given g join stored s on s.user_id = g.u and s.id = g.id and s.created_at = g.at group by g.u, g.id, g.at;
end $$;
