/*
  Plain events, all at once, with their marks. One marked maybeRepeat is left out when its id stands there under a time up
  to 3 days away.
*/
create or replace function insert_events(p_events jsonb, p_tz text) returns void
language plpgsql as $$
begin
  with given as materialized (
    select * from jsonb_to_recordset(p_events) as f (id uuid, u bigint, t text, m jsonb, at timestamptz, r text, again boolean)
  ), stored as (
    insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
    select f.id, f.u, f.t, f.m, f.at, f.r
    from given f
    where f.again is not true or not exists (
      select from user_events e
      where e.user_id = f.u and e.id = f.id and e.created_at between f.at - interval '3 days' and f.at + interval '3 days')
    on conflict do nothing
  )
  insert into dirty_days (user_id, day) select distinct u, local_day(at, p_tz) from given;
end $$;
