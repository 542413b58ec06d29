/* The facts with no time later than not_in_future() lets pass. */
create or replace function facts_not_in_future(p_facts jsonb) returns jsonb
language plpgsql stable as $$
begin
  -- building them anew takes four times as long as looking
  if not exists (select from jsonb_array_elements(p_facts) where (value ->> 'at')::timestamptz > not_in_future((value ->> 'at')::timestamptz))
  then return p_facts; end if;
  return (
    select jsonb_agg(
      case when at > not_in_future(at) then value || jsonb_build_object('at', not_in_future(at)) else value end order by ordinality)
    from jsonb_array_elements(p_facts) with ordinality
    cross join lateral (select (value ->> 'at')::timestamptz as at) x);
end $$;
