/*
  Takes the marks of at most p_limit users, each with the earliest of its marked days that is still whole, and deletes them. A
  burst of one user is taken once: marks are looked at a hundred times p_limit together, and those of users beyond the limit put
  back in portions of p_limit, which the next calls take as they are. `more` says that marks were left. The caller holds the lock of
  lock_rollups().
*/
create or replace function take_marks(p_limit integer, p_tz text, out users bigint[], out days date[], out more boolean)
language plpgsql as $$
declare
  v_portion integer := (select min(m.portion) from dirty_days m);
begin
  with placed as materialized (
    select m.ctid as place, m.portion, sum(cardinality(m.users)) over (rows unbounded preceding) - cardinality(m.users) as before
    from dirty_days m
    where m.portion is not distinct from v_portion
  ), taken as (
    delete from dirty_days m
    where m.ctid = any (array(select place from placed where before < 100 * p_limit or portion is not null))
    returning m.day, m.users, m.marked_at
  ), marked as (
    select u as user_id, min(taken.day) as day, min(taken.marked_at) as marked_at, row_number() over (order by u) - 1 as number
    from taken cross join unnest(taken.users) as u
    where taken.day >= first_whole_day(p_tz) and u not in (select user_id from uncounted_users)
    group by u
  ), put_back as (
    insert into dirty_days (day, users, marked_at, portion)
    select m.day, array_agg(m.user_id), min(m.marked_at), m.number / p_limit from marked m where m.number >= p_limit
    group by m.number / p_limit, m.day, m.number / 900 -- so that a row is not compressed
  )
  select array_agg(m.user_id) filter (where m.number < p_limit), array_agg(m.day) filter (where m.number < p_limit),
    count(*) > p_limit or exists (select 1 from placed where before >= 100 * p_limit)
      or v_portion is not null and exists (select 1 from dirty_days d where d.portion is distinct from v_portion)
  into take_marks.users, take_marks.days, more
  from marked m;
end $$;
