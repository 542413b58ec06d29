/* Marks the days of these facts for counting. Consents, erasures and deliveries count nothing. */
create or replace function mark_days(p_facts jsonb, p_tz text) returns void
language plpgsql as $$
begin
  insert into dirty_days (day, users)
  select local_day(at, p_tz), array_agg(distinct u)
  from jsonb_to_recordset(p_facts) as x (k text, u bigint, at timestamptz)
  where k in ('message', 'start', 'cart', 'survey', 'usage')
  group by 1;
end $$;
