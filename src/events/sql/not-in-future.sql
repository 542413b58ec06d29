/*
  Facts as record_facts takes them, none later than this server's clock: a bot whose clock ran ahead must not reach into days
  to come, where its users would have no session until then. A few minutes apart are usual.
*/
create or replace function not_in_future(p_facts jsonb) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(
    case when (value ->> 'at')::timestamptz > now() + interval '5 minutes' then value || jsonb_build_object('at', now()) else value end
    order by ordinality), '[]')
  from jsonb_array_elements(p_facts) with ordinality
$$;
