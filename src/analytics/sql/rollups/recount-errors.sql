/* Counts the failures of these users from p_days[i] on. */
create or replace function recount_errors(p_users bigint[], p_days date[], p_tz text) returns void
language plpgsql as $$
declare
  v_before user_errors[];
  v_changed user_errors[];
begin
  with counted as (
    select e.user_id, coalesce(e.metadata ->> 'error_type', 'all') as error_type, coalesce(e.upstream, 'all') as upstream,
      e.day, e.first_day, count(*)::integer as errors
    from (
      select e.user_id, e.metadata, error_upstream(e.metadata) as upstream, local_day(e.created_at, p_tz) as day,
        p.day as first_day
      from users_since(p_users, p_days, p_tz) p
      join user_events e on e.user_id = p.user_id and e.created_at >= p.since and local_day(e.created_at, p_tz) >= p.day
      where e.event_type = 'bot_error'
    ) e
    group by grouping sets (
      (e.user_id, e.metadata ->> 'error_type', e.upstream, e.day, e.first_day), (e.user_id, e.day, e.first_day))
  ), found as (
    select c.user_id, c.error_type, c.upstream, c.day, c.errors,
      coalesce(lag(c.day) over (partition by c.user_id, c.error_type, c.upstream order by c.day),
        (select max(s.day) from user_errors s
          where s.user_id = c.user_id and s.error_type = c.error_type and s.upstream = c.upstream and s.day < c.first_day),
        '-infinity') as previous_day
    from counted c
  )
  select array_agg(row(f.*)::user_errors), array_agg(s) filter (where s.user_id is not null) into v_changed, v_before
  from found f
  left join user_errors s using (user_id, error_type, upstream, day)
  where row(f.*)::user_errors is distinct from s;
  if v_changed is null then return; end if;

  perform add_errors(-1, v_before, false);
  insert into user_errors select (unnest(v_changed)).*
  on conflict (user_id, error_type, upstream, day) do update
    set errors = excluded.errors, previous_day = excluded.previous_day;
  perform add_errors(1, v_changed, false);
end $$;
