/* Raises 55000 when the totals are counted by the days of another time zone. */
create or replace function refuse_other_time_zone(p_tz text) returns void
language plpgsql as $$
begin
  if exists (select 1 from rollup_state where time_zone <> p_tz) then
    raise exception 'days are counted in another time zone' using errcode = 'object_not_in_prerequisite_state';
  end if;
end $$;
