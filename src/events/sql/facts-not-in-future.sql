/* The facts with no time later than not_in_future() lets pass. */
create or replace function facts_not_in_future(p_facts jsonb) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(
    case when at > not_in_future(at) then value || jsonb_build_object('at', not_in_future(at)) else value end order by ordinality), '[]')
  from jsonb_array_elements(p_facts) with ordinality
  cross join lateral (select (value ->> 'at')::timestamptz as at) x
$$;
