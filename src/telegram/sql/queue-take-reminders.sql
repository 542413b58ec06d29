/*
  Claims reminders of those who wait longest: at most p_most, and no more than there are places left of p_places for who was reminded within
  p_kept_ms and has not written since; none within p_pause_ms after any bot claimed some. Those who have
  written since and were not refused again need none. A claim older than 15 minutes is of a bot that died before it sent.
  Refusals older than 30 days are deleted.
*/
create or replace function queue_take_reminders(p_places integer, p_most integer, p_kept_ms integer, p_pause_ms integer)
returns setof bigint
language plpgsql volatile as $$
declare
  v_expected bigint;
begin
  delete from queue_refusals where wanted_at is null and refused_at < clock_timestamp() - interval '30 days';
  if not exists (select 1 from queue_refusals where wanted_at is not null) then return; end if;
  if not pg_try_advisory_xact_lock(hashtextextended('queue reminders', 0)) then return; end if;
  if exists (select 1 from queue_refusals where claimed_at > clock_timestamp() - p_pause_ms * interval '1 ms') then return; end if;
  update queue_refusals q set wanted_at = null from users u
  where q.wanted_at is not null and u.user_id = q.user_id and u.last_message_at > q.refused_at;
  update queue_refusals q set wanted_at = null where q.wanted_at < clock_timestamp() - interval '12 hours';
  select count(*) into v_expected from queue_refusals q
  where q.claimed_at > clock_timestamp() - p_kept_ms * interval '1 ms'
    and not exists (select 1 from users u where u.user_id = q.user_id and u.last_message_at > q.claimed_at);
  return query
    update queue_refusals q set claimed_at = clock_timestamp()
    where q.user_id in (
      select w.user_id from queue_refusals w
      where w.wanted_at is not null and (w.claimed_at is null or w.claimed_at < clock_timestamp() - interval '15 minutes')
      order by w.wanted_at, w.user_id limit greatest(0, least(p_most, p_places - v_expected)))
    returning q.user_id;
end $$;
