/* Each user with the instant at which their day begins, computed once per distinct day. */
create or replace function users_since(p_users bigint[], p_days date[], p_tz text)
returns table (user_id bigint, day date, since timestamptz)
language sql stable as $$
  with days as materialized (
    select d.day, day_start(d.day, p_tz) as since from (select distinct unnest(p_days) as day) d
  )
  select p.user_id, p.day, d.since from unnest(p_users, p_days) as p (user_id, day) join days d on d.day = p.day
$$;
