/*
  The lowest update id before which an update may be missing that is still to come: Telegram numbers updates in the order of what
  happened, but a webhook is sent messages and presses of a user at the same time. What has
  waited for a missing one as long as inbox_longest_wait() waits no longer. So nothing is missing up to the highest id stored so long ago,
  and from there up to the first gap.
*/
create or replace function inbox_settled() returns bigint
language plpgsql volatile as $$
declare
  v_before bigint;
  v_count bigint;
  v_last bigint;
begin
  select b.id, count(s.update_id), coalesce(max(s.update_id), b.id) into v_before, v_count, v_last
  from (
    select coalesce(
      (select max(s.update_id) from inbox_seen s where s.seen_at <= clock_timestamp() - inbox_longest_wait()),
      (select min(s.update_id) - 1 from inbox_seen s)
    ) as id
  ) b left join inbox_seen s on s.update_id > b.id group by b.id;
  -- a database that crashed has lost the ids
  if v_before is null then return 9223372036854775807; end if;
  if v_last - v_before = v_count then return v_last + 1; end if;
  return v_before + 1 + (
    select count(*) from (
      select s.update_id - v_before as distance, row_number() over (order by s.update_id) as n
      from inbox_seen s where s.update_id > v_before
    ) as since
    where distance = n
  );
end $$;
