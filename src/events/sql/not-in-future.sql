/*
  The facts with no time later than this server's clock: a bot whose clock runs ahead would write into future days, and its
  users would start no session until then. A difference of a few minutes is usual.
*/
create or replace function not_in_future(p_facts jsonb) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(
    case when (value ->> 'at')::timestamptz > now() + interval '5 minutes' then value || jsonb_build_object('at', now()) else value end
    order by ordinality), '[]')
  from jsonb_array_elements(p_facts) with ordinality
$$;
