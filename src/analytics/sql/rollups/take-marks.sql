/*
  Takes the marks of at most p_limit users, each with the earliest of its marked days that is still whole, and deletes them. A
  burst of one user is taken once: marks are looked at a hundred times p_limit together, and those of users beyond the limit put
  back, a row for each day. `more` says that marks were left. The caller holds the lock of lock_rollups().
*/
create or replace function take_marks(p_limit integer, p_tz text, out users bigint[], out days date[], out more boolean)
language plpgsql as $$
begin
  with placed as materialized (
    select m.ctid as place, sum(cardinality(m.users)) over (rows unbounded preceding) - cardinality(m.users) as before
    from dirty_days m
  ), taken as (
    delete from dirty_days m where m.ctid = any (array(select place from placed where before < 100 * p_limit))
    returning m.day, m.users, m.marked_at
  ), marked as (
    select u as user_id, min(taken.day) as day, min(taken.marked_at) as marked_at, row_number() over (order by u) as number
    from taken cross join unnest(taken.users) as u
    where taken.day >= first_whole_day(p_tz) and u not in (select user_id from uncounted_users)
    group by u
  ), put_back as (
    insert into dirty_days (day, users, marked_at)
    select m.day, array_agg(m.user_id), min(m.marked_at) from marked m where m.number > p_limit group by m.day
  )
  select array_agg(m.user_id) filter (where m.number <= p_limit), array_agg(m.day) filter (where m.number <= p_limit),
    count(*) > p_limit or exists (select 1 from placed where before >= 100 * p_limit)
  into take_marks.users, take_marks.days, more
  from marked m;
end $$;
