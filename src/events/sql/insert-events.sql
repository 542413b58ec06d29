/*
  Stores plain events and marks their days. Returns the ordinals of those that became no row: a repeat of an event with the same
  time, or one with `again`, which may be a repeat, whose id is stored with another time within repeat_window().
*/
create or replace function insert_events(p_events jsonb, p_tz text) returns setof integer
language plpgsql as $$
begin
  if not p_events @> '[{"again": true}]' then
    begin
      insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
      select id, u, t, m, not_in_future(at), r
      from jsonb_to_recordset(p_events) as f (id uuid, u bigint, t text, m jsonb, at timestamptz, r text);
      insert into dirty_days (day, users)
      select local_day(not_in_future(at), p_tz), array_agg(distinct u)
      from jsonb_to_recordset(p_events) as f (u bigint, at timestamptz) group by 1;
      return;
    exception when unique_violation then
      null; -- rare: asking each event whether it is a repeat takes half as long again as storing it
    end;
  end if;

  insert into dirty_days (day, users)
  select local_day(not_in_future(at), p_tz), array_agg(distinct u)
  from jsonb_to_recordset(p_events) as f (u bigint, at timestamptz) group by 1;

  return query
  with given as materialized (
    select o, id, u, t, m, not_in_future(at) as at, r, again
    from jsonb_to_recordset(p_events)
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
  select o from given
  except
  select min(g.o) from given g join stored s on s.user_id = g.u and s.id = g.id and s.created_at = g.at group by g.u, g.id, g.at;
end $$;
