/*
  The time p_at, or this server's when it lies later than its clock: a bot whose clock runs ahead would write into future days,
  and its users would start no session until then. A difference of a few minutes is usual.
*/
create or replace function not_in_future(p_at timestamptz) returns timestamptz
language sql stable parallel safe as $$
  select case when p_at > now() + interval '5 minutes' then now() else p_at end
$$;
