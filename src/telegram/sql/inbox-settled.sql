/*
  The lowest update id before which an update may be missing that is still to come: Telegram numbers updates in the order of what
  happened, but a webhook is sent messages and presses of a user at the same time. What has
  waited for a missing one as long as inbox_longest_wait() waits no longer. So nothing is missing up to the highest id stored so long ago,
  and from there up to the first gap.
*/
create or replace function inbox_settled() returns bigint
language sql volatile as $$
  with before as (
    select coalesce(
      (select max(s.update_id) from inbox_seen s where s.seen_at <= clock_timestamp() - inbox_longest_wait()),
      (select min(s.update_id) - 1 from inbox_seen s)
    ) as id
  ), since as (
    select s.update_id - b.id as distance, row_number() over (order by s.update_id) as n
    from before b join inbox_seen s on s.update_id > b.id
  )
  -- a database that crashed has lost the ids
  select coalesce(b.id + 1 + (select count(*) from since where distance = n), 9223372036854775807) from before b
$$;
